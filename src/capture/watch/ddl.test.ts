import { afterAll, beforeAll, expect, test } from "vitest";
import { identifier } from "../sql/quote.ts";
import { CapturedDatabase, SECRET } from "../testing/database.ts";

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    `create table articles (id int primary key, title text); create schema private; create schema etl; create schema parts;
     create role nobody_at_all; create role next_owner;
     create table unwatched (id int); create table public.moved (id int);
     create table parted (id int) partition by list (id);
     create table parts.part partition of parted for values in (1);
     create domain private.short as text; create type private.level as enum ('low');
     create text search configuration private.plain (copy = simple);
     create function private.rank(private.level) returns int language sql as 'select 1';`,
    ["articles", "parted"],
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
  "grant select (title) on articles to public",
  "grant usage on schema private to public",
  "begin; savepoint s; grant select on articles to public; release s; commit",
  "create temp table t (id int); grant select on t, articles to public; drop table t",
  "create temp table t (id int); grant select on articles, t to public; drop table t",
  "grant execute on function private.rank(private.level) to public",
  "grant usage on type private.level to public",
  "grant usage on domain private.short to public",
  "grant usage on language plpgsql to public",
  "alter domain private.short add check (length(value) < 9)",
  'create domain private."text/csv" as text',
  "alter type private.level add value 'high'",
  "alter text search configuration private.plain drop mapping for email",
  "create text search dictionary private.words (template = simple)",
  "create operator private.=== (leftarg = int, rightarg = int, function = int4eq)",
  "create cast (private.level as int) with function private.rank(private.level)",
  "create aggregate private.total(int) (sfunc = int4pl, stype = int)",
  'create collation private.german from "C"',
  "create view private.titles as select title from articles",
  "create rule none as on delete to articles do instead nothing",
  "drop rule none on articles",
  "alter table moved set schema etl",
  "alter table etl.moved set schema public",
  "alter table parts.part enable row level security",
  "alter table parted detach partition parts.part",
  "alter table parted attach partition parts.part for values in (1)",
  "alter schema private rename to renamed",
  "alter schema renamed rename to private",
  "alter table articles owner to postgres",
  "alter table articles alter column title set statistics 7",
  "alter function private.rank(private.level) immutable",
  "drop owned by nobody_at_all",
  "create or replace function tidemark.prune_abandoned() returns void language sql as ''",
])("I5. %s flushes everything, as a new version of the schema", async (sql) => {
  expect(await versionsBy(sql)).toBeGreaterThan(0);
});

test.each([
  "create temp table t (id serial primary key, name text); create index on t (name); alter table t add column x int; drop table t",
  "create temp table t as select 1 as a; create temp view v as select * from t; drop table t cascade",
  "create table etl.stage (id serial primary key); create index on etl.stage (id); drop table etl.stage",
  "create temp table t (id int); grant select on t to public; grant update (id) on t to public; revoke all on t from public; drop table t",
  "create temp sequence s; grant usage on s to public; alter sequence s restart 5; grant all on all sequences in schema pg_temp to public; drop sequence s",
  "create function pg_temp.f(int) returns int language sql as 'select 1'; grant execute on function pg_temp.f(int) to public; alter function pg_temp.f(int) stable; revoke all on routine pg_temp.f(int) from public; drop function pg_temp.f(int)",
  "create procedure pg_temp.p() language sql as ''; grant execute on procedure pg_temp.p() to public; drop procedure pg_temp.p()",
  "create type pg_temp.mood as enum ('a'); alter type pg_temp.mood add value 'b'; grant usage on type pg_temp.mood to public; create temp table t (a pg_temp.mood); drop type pg_temp.mood cascade; drop table t",
  "create domain pg_temp.low as int; alter domain pg_temp.low add check (value < 9); grant usage on domain pg_temp.low to public; drop domain pg_temp.low",
  "create temp table t (id int); create function pg_temp.f() returns trigger language plpgsql as 'begin return null; end'; create trigger x after insert on t for each row execute function pg_temp.f(); alter trigger x on t rename to y; drop trigger y on t; drop table t; drop function pg_temp.f()",
  "create temp table t (id int); comment on table t is 'x'; alter table t enable row level security; create policy p on t using (true); alter policy p on t using (false); drop policy p on t; create rule r as on insert to t do nothing; alter rule r on t rename to s; drop rule s on t; drop table t",
  "create temp table t (id int) partition by list (id); create temp table p partition of t for values in (1); alter table t detach partition p; drop table t, p",
  "create temp table t (id int); create policy p on t using (true); create rule r as on insert to t do nothing; drop table t",
  "comment on table articles is 'x'",
  "create statistics ids on id, title from articles; alter statistics ids set statistics 5",
  "reindex table articles; create schema brief; drop schema brief",
  "alter default privileges grant select on tables to public",
  "create materialized view etl.frozen as select 1; refresh materialized view etl.frozen",
  "select tidemark.watch('public.articles'); analyze articles",
  "begin; alter table articles add column never int; rollback",
])("%s is ignored", async (sql) => {
  expect(await versionsBy(sql)).toBe(0);
});

test("a GRANT on a temporary table does not make irrelevant DDL of its transaction count", async () => {
  const before = await versionsBy("create table etl.kept (id int)");
  expect(before).toBe(0);
  expect(await versionsBy("create temp table t (id int); grant select on t to public; drop table t")).toBe(0);
  await database.exec("drop table etl.kept");
});

test("I5. dropping a part of a watched table is reported, though its schema is not exposed", async () => {
  await database.exec("create schema attic; create table attic.part partition of parted for values in (2)");
  expect(await versionsBy("drop table attic.part")).toBe(1);
  await database.exec("create table attic.part partition of parted for values in (2)");
  expect(await versionsBy("drop schema attic cascade")).toBe(1);
});

test("PostgREST is notified of a new schema version, once a transaction, and of nothing else", async () => {
  let told = 0;
  await database.listen("pgrst", () => {
    told += 1;
  });
  await database.exec("create view heard as select 1 as a");
  expect(told).toBe(1);
  await database.exec("begin; drop view heard; create table heard (id int); drop table heard; commit");
  expect(told).toBe(2);
  await database.exec("insert into articles values (98, 'quiet'); comment on table articles is 'y'");
  expect(told).toBe(2);
});

test("REASSIGN OWNED fires no event trigger, but changes the digest that covers such commands", async () => {
  const settings = () => database.value("select tidemark_schema($1) ->> 'settings'", [SECRET]);
  await database.exec("create view borrowed as select 1 as a; alter view borrowed owner to nobody_at_all");
  const before = await settings();
  expect(await settings()).toBe(before);
  await database.exec("reassign owned by nobody_at_all to next_owner");
  expect(await settings()).not.toBe(before);
  await database.exec("drop view borrowed");
});

test("watching and unwatching are schema versions, too", async () => {
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
    { relation: "parted" },
  ]);
  expect(await database.value("select count(*)::int from pg_proc where proname ~ '^capture_\\d'")).toBe(8);
});

test("I9. DDL succeeds when capture cannot follow", async () => {
  await database.exec("alter table tidemark.outbox rename to elsewhere");
  await database.exec("alter table articles add column later int; insert into articles (id) values (99)");
  await database.exec("alter table tidemark.elsewhere rename to outbox");
});

// The trigger functions are rewritten with the installer's rights, whichever role alters the table.
test.each(["capture", "function", "tidemark", "body", "telling", ""])(
  "I8. the name of a column cannot end the function that is written for it: $%s$",
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

test.each(["on", "off", "anything"])(
  "no session hides a change of the schema by a setting of ours: %s",
  async (value) => {
    const by = (sql: string) =>
      versionsBy(`set tidemark.covering = '${value}'; ${sql}; reset tidemark.covering`);
    expect(await by("alter table articles add column hidden int")).toBeGreaterThan(0);
    expect(await by("drop trigger tidemark_capture_1_insert on articles")).toBeGreaterThan(0);
    expect(await by("alter table articles drop column hidden")).toBeGreaterThan(0);
    expect(await database.rows("select tidemark.missing_triggers(w) from tidemark.watched w")).toEqual([]);
  },
);
