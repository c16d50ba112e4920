import { afterAll, beforeAll, expect, test } from "vitest";
import { identifier } from "./quote.ts";
import { CapturedDatabase } from "./testing/database.ts";

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    `create table articles (id int primary key, title text); create schema private; create schema etl;
     create table unwatched (id int);`,
    ["articles"],
  );
});
afterAll(() => database.close());

async function versionsBy(sql: string): Promise<number> {
  const before = await database.page(null);
  await database.exec(sql);
  const after = await database.page(before.snapshot);
  const flushes = after.changes.filter(({ type, table }) => type === "FLUSH" && table === null);
  expect(flushes.length > 0).toBe(after.schemaVersion > before.schemaVersion);
  return after.schemaVersion - before.schemaVersion;
}

test.each([
  "alter table articles add column extra int",
  "alter table articles drop column extra",
  "alter table articles enable row level security",
  "create policy mine on articles using (true)",
  "alter policy mine on articles using (id > 1)",
  "drop policy mine on articles",
  "create table fresh (id int)",
  "alter table unwatched rename to ignored",
  "drop table fresh",
  "create view seen as select * from articles",
  "create or replace view seen as select * from articles where id > 1",
  "drop view seen",
  "create function private.may() returns bool language sql as 'select true'",
  "create or replace function private.may() returns bool language sql as 'select false'",
  "drop function private.may()",
  "create type private.mood as enum ('sad')",
  "alter type private.mood rename value 'sad' to 'blue'",
  "create unique index on articles (title)",
  "grant select on articles to public",
])("5. %s flushes everything, as a new version of the schema", async (sql) => {
  expect(await versionsBy(sql)).toBeGreaterThan(0);
});

test.each([
  "create temp table t (id serial primary key, name text); create index on t (name); alter table t add column x int; drop table t",
  "create temp table t as select 1 as a; create temp view v as select * from t; drop table t cascade",
  "create table etl.stage (id serial primary key); create index on etl.stage (id); drop table etl.stage",
  "comment on table articles is 'x'",
  "create materialized view etl.frozen as select 1; refresh materialized view etl.frozen",
  "select tidemark.watch('public.articles'); analyze articles",
  "begin; alter table articles add column never int; rollback",
])("%s concerns nobody", async (sql) => {
  expect(await versionsBy(sql)).toBe(0);
});

test("watching and unwatching are versions, too", async () => {
  expect(await versionsBy("select tidemark.watch('public.ignored')")).toBe(1);
  expect(await versionsBy("select tidemark.watch('public.ignored', array['id'])")).toBe(1);
  expect(await versionsBy("select tidemark.unwatch('public.ignored')")).toBe(1);
  expect(await versionsBy("select tidemark.unwatch('public.ignored')")).toBe(0);
  await database.exec("insert into ignored values (1)");
  expect(
    await database.value("select count(*)::int from pg_trigger where tgrelid = 'ignored'::regclass"),
  ).toBe(0);
});

test("a watched table that is dropped is no longer watched", async () => {
  await database.exec("create table brief (id int); select tidemark.watch('public.brief'); drop table brief");
  expect(await database.rows("select relation::text from tidemark.watched")).toEqual([
    { relation: "articles" },
  ]);
  expect(await database.value("select count(*)::int from pg_proc where proname ~ '^capture_\\d'")).toBe(4);
});

test("9. DDL succeeds when capture cannot follow", async () => {
  await database.exec("alter table tidemark.outbox rename to elsewhere");
  await database.exec("alter table articles add column later int; insert into articles (id) values (99)");
  await database.exec("alter table tidemark.elsewhere rename to outbox");
});

// The functions behind triggers are written with the rights of whoever installed them, whoever alters the table.
test.each(["capture", "function", "tidemark", "body", "telling", ""])(
  "8. the name of a column cannot end the function that is written for it: $%s$",
  async (tag) => {
    await database.exec("create table named (id int); select tidemark.watch('public.named')");
    const name = `x$${tag}$;create table public.t();select $${tag}$'\\"%s`;
    await database.exec(
      `set check_function_bodies = off; alter table named add column ${identifier(name)} int`,
    );
    expect(await database.value("select to_regclass('public.t') is null")).toBe(true);
    const { snapshot } = await database.page(null);
    await database.exec("insert into named values (1, 2)");
    const [told] = (await database.page(snapshot)).changes;
    expect(told?.record).toEqual({ id: 1, [name]: 2 });
    await database.exec("drop table named");
  },
);
