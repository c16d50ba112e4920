import { expect, it } from "vitest";
import { openPglite } from "../../../../testing/pglite.ts";
import { tablesInMigrations } from "./migrations.ts";
import { statementsOf } from "./sql-statements.ts";

const SCRIPTS = [
  `-- create table commented (id int);
   /* create table /* nested */ remarked (id int); */
   create table public.articles (id int primary key, title text default 'a;b', body text default E'it\\'s; (');
   CREATE TABLE IF NOT EXISTS "Odd ""name""" (id int primary key);
   create unlogged table drafts (id int);
   alter table articles enable row level security;
   create policy "Everybody; really" on public.articles for select to anon, authenticated
     using (title <> ')' and (id > 0));
   create policy writers on articles for insert with check (true);
   create function f() returns void language plpgsql as $body$ begin
     create table inside (id int); end $body$;
   create temporary table passing (id int);`,
  `create schema api;
   create table old_name (id int); alter table only old_name rename to new_name;
   create table moved (id int); alter table if exists moved set schema api;
   create table gone (id int); create table gone_too (id int); drop table if exists gone, public.gone_too cascade;
   create view shown as select * from articles; create or replace view shown as select * from articles;
   create materialized view counts as select count(*) from articles;
   create table measured (at date) partition by range (at);
   create table measured_1 partition of measured for values from ('2026-01-01') to ('2027-01-01');
   create policy temporary on articles using (false); drop policy temporary on articles;
   alter table articles force row level security;
   do $$ begin perform 1; end $$;`,
];

it("reads the tables that are left by migrations, as Postgres itself has them after running them", async () => {
  const read = tablesInMigrations(SCRIPTS, ["public", "api"]);
  const database = await openPglite();
  await database.exec(`create role anon; create role authenticated; ${SCRIPTS.join("\n")}`);
  const { rows } = await database.query(`
    select * from (select n.nspname || '.' || c.relname as relation,
      case c.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view' else 'materialized' end as kind,
      case when c.relkind in ('r', 'p') then c.relrowsecurity end as security,
      (select array_agg(p.polname::text order by p.polname) from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*')) as policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'api') and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    ) told order by relation collate "C"`);
  await database.close();
  expect(rows).toHaveLength(8);
  const told = read.map(({ relation, kind, rowSecurity, policies }) => ({
    ...{ relation, kind, security: rowSecurity ?? null },
    policies: policies?.length ? policies.map(({ name }) => name).sort() : null,
  }));
  expect(told).toEqual(rows);
});

it("says of a policy whom it is for and what it asks, as it was written", () => {
  const articles = tablesInMigrations(SCRIPTS, ["public"]).find(
    ({ relation }) => relation === "public.articles",
  );
  expect(articles?.policies).toEqual([
    { name: "Everybody; really", roles: ["anon", "authenticated"], using: "title <> ')' and (id > 0)" },
  ]);
});

it("shows the schemas alone that the API exposes", () => {
  const relations = (schemas: readonly string[]) =>
    tablesInMigrations(SCRIPTS, schemas).map(({ relation }) => relation);
  expect(relations(["api"])).toEqual(["api.moved"]);
});

it.each([
  "",
  ";;",
  "'",
  '"',
  "$$",
  "/*",
  "E'\\",
  "create",
  "create table",
  "create policy a on",
  "alter table x",
  "drop table ,",
])("does not fail, nor go on for ever, on what ends in the middle: %j", (script) => {
  expect(tablesInMigrations([script], ["public"])).toEqual([]);
  expect(statementsOf(`${script}`).length).toBeLessThan(3);
});
