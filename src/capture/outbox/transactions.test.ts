import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { SECRET, SECRET_HASH } from "../testing/database.ts";

let postgres: Postgres;
let sql: Sql;

beforeAll(async () => {
  postgres = await startPostgres({ flags: ["-c", "max_prepared_transactions=10"] });
  sql = postgres.sql({ max: 1 });
  await sql
    .unsafe(`create table items (id int primary key, text text); create table heirs (id int, text text);
      create schema elsewhere; create role nobody_at_all`)
    .simple();
  const tables = ["items", "heirs"].map((name) => ({ relation: `public.${name}` }));
  await sql.unsafe(captureSql({ tables, secretHash: SECRET_HASH })).simple();
});
afterAll(() => postgres?.stop());

async function isCovered(): Promise<boolean> {
  const [row] =
    await sql`select tidemark_schema(${SECRET}) -> 'watched' -> 'public.items' -> 'covered' as covered`;
  return row?.covered;
}

describe("I9. a write succeeds in every kind of transaction", () => {
  test.each([
    ["prepared", "begin; %; prepare transaction 'p'; commit prepared 'p'"],
    [
      "prepared, with a change of the schema",
      "begin; create table t (id int); drop table t; %; prepare transaction 'p'; commit prepared 'p'",
    ],
    ["serializable", "begin isolation level serializable; %; commit"],
    ["repeatable read", "begin isolation level repeatable read; %; commit"],
    ["of a replication role", "set session_replication_role = replica; %; reset session_replication_role"],
    ["strict in PL/pgSQL", "set plpgsql.extra_errors = 'all'; %; reset plpgsql.extra_errors"],
    [
      "with backslashes in strings",
      "set standard_conforming_strings = off; %; reset standard_conforming_strings",
    ],
    [
      "of a role without rights",
      "grant insert, update, delete, select on items to nobody_at_all; set role nobody_at_all; %; reset role",
    ],
    [
      "with a temporary heir",
      "create temp table heir () inherits (items); alter table heirs add c int; alter table heirs drop c; %; drop table heir",
    ],
    ["on an unlogged table", "alter table items set unlogged; %; alter table items set logged"],
    [
      "after a column's type",
      "alter table items alter text type varchar(9); %; alter table items alter text type text",
    ],
    ["with no search_path", "set search_path = ''; set search_path = public; %; reset search_path"],
  ])("I9. %s", async (_, how) => {
    await sql`select tidemark.set_nudge('notify')`;
    const write = `insert into items values (1, 'a'); insert into items values (1, 'b') on conflict (id) do update set text = 'c';
      merge into items i using (values (1), (2)) v (id) on i.id = v.id
        when matched then update set text = 'm' when not matched then insert values (v.id, 'n');
      with gone as (delete from items where id = 2 returning id) insert into items select id + 1 from gone;
      delete from items`;
    for (const statement of how.replace("%", write).split(/;\s*/)) await sql.unsafe(statement);
    expect(await isCovered()).toBe(true);
  });

  test("I9. with a full notification queue", async ({ skip }) => {
    const settings = await sql`select from pg_settings where name = 'max_notify_queue_pages'`;
    skip(settings.length === 0, "before Postgres 17 it holds 8 GB");
    const small = await startPostgres({ flags: ["-c", "max_notify_queue_pages=64"] });
    const writer = small.sql({ max: 1 });
    await writer`create table items (id int primary key)`;
    const tables = [{ relation: "public.items" }];
    await writer.unsafe(captureSql({ tables, secretHash: [], nudge: "notify" })).simple();
    // A listener in an open transaction keeps notifications in the queue.
    const listener = small.sql({ max: 1 });
    for (const statement of ["listen anything", "begin", "select 1"]) await listener.unsafe(statement);
    const fill = async () => {
      for (let n = 0; n < 1_000; n++)
        await writer`select pg_notify('anything', repeat('x', 7900) || ${n}::int)`;
    };
    await expect(fill()).rejects.toThrow("too many notifications");
    await writer`insert into items values (1)`;
    await writer`create table more (id int)`;
    await small.stop();
  });
});

test("a nudge that no writer may send is reported at set-up and in the database's description", async () => {
  const heard: string[] = [];
  const onnotice = ({ message }: { message?: string }) => heard.push(message ?? "");
  const set = postgres.sql({ max: 1, onnotice });
  for (const nudge of [
    "notify",
    { url: "https://gateway.example", secret: `whsec_${"a".repeat(32)}` },
  ] as const) {
    await set.unsafe(captureSql({ tables: [], secretHash: SECRET_HASH, nudge })).simple();
    const reason =
      "a transaction that has notified cannot be prepared, which max_prepared_transactions = 10 allows";
    expect(heard.splice(0)).toContainEqual(expect.stringMatching(`^tidemark sends no nudges: .*${reason}$`));
    const [row] = await sql`select tidemark_schema(${SECRET}) ->> 'nudgeObstacle' as obstacle`;
    expect(row?.obstacle).toContain(reason);
  }
  await sql`select tidemark.set_nudge('off')`;
  const [row] = await sql`select tidemark_schema(${SECRET}) ->> 'nudgeObstacle' as obstacle`;
  expect(row?.obstacle).toBeNull();
});

test("a GRANT on a temporary table is not mistaken for one on what other sessions create meanwhile", async () => {
  const versions = async () =>
    (await sql`select tidemark.changes(null, null, null, 1) ->> 'schemaVersion' as n`)[0]?.n;
  const before = await versions();
  const other = postgres.sql({ max: 1 });
  for (const statement of ["begin", "select pg_current_xact_id()"]) await other.unsafe(statement);
  await sql.unsafe("create table elsewhere.meanwhile (id int)");
  for (const statement of ["create temp table t (id int)", "grant select on t to public", "commit"])
    await other.unsafe(statement);
  expect(await versions()).toBe(before);
});
