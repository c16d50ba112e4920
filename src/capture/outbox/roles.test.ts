import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { SECRET_HASH } from "../testing/database.ts";
import { Puller } from "../testing/puller.ts";

const SETUP = `
  create role anon; create role authenticated; create role team; create role other; create role service bypassrls;
  create table items (id int primary key); create table apart (id int);
  create view seen as select id from apart;
  create function secret_items() returns setof items language sql security definer as 'select * from items';
  create function open_items() returns setof items language sql as 'select * from items';`;

let postgres: Postgres;
let sql: Sql;
let puller: Puller;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql.unsafe(SETUP).simple();
  await sql.unsafe(captureSql({ tables: [{ relation: "public.items" }], secretHash: SECRET_HASH })).simple();
  // No event trigger fires for what is tested here, and none is to help.
  await sql
    .unsafe("alter event trigger tidemark_ddl disable; alter event trigger tidemark_drop disable")
    .simple();
  puller = new Puller(sql);
});
afterAll(() => postgres?.stop());

/** Once Postgres has counted what was changed: it does so some seconds late otherwise, and from version 15 on when told. */
const started = async () => {
  await sql.unsafe(
    "do $$ begin perform pg_stat_force_next_flush(); exception when undefined_function then perform pg_sleep(1.5); end $$",
  );
  return (await puller.page()).started;
};

test.each([
  "grant team to authenticated",
  "revoke team from authenticated",
  "alter role authenticated bypassrls",
  "alter role authenticated nobypassrls",
  "alter role team superuser",
  "alter role team nosuperuser",
  "alter role authenticated noinherit",
  "alter role team rename to crew",
  "alter role crew rename to team",
  "alter role authenticated set app.tenant = 'x'",
  "alter role authenticated set app.tenant = 'y'",
  "alter role authenticated in database postgres set app.tenant = 'z'",
  "alter role authenticated reset all",
  "alter database postgres set app.tenant = 'x'",
  "alter table items owner to other",
  "alter view seen owner to other",
  "alter function secret_items() owner to other",
  "reassign owned by other to service",
  "create role another",
  "drop role another",
])("S7. %s is another history", async (statement) => {
  const before = await started();
  await sql.unsafe(statement);
  const after = await started();
  expect(after).not.toBe(before);
  expect(await started()).toBe(after);
});

test.each([
  ["grant team to authenticated", "revoke team from authenticated"],
  ["alter role authenticated bypassrls", "alter role authenticated nobypassrls"],
  ["alter role authenticated set app.tenant = 'x'", "alter role authenticated reset all"],
])("S7. %s, and back, is another history", async (there, back) => {
  const before = await started();
  await sql.unsafe(there);
  await sql.unsafe(back);
  const after = await started();
  expect(after).not.toBe(before);
  expect(await started()).toBe(after);
});

test("S7. in PostgreSQL 16 and later, what a membership inherits is another history", async () => {
  const [{ version }] = await sql<
    [{ version: number }]
  >`select current_setting('server_version_num')::int as version`;
  if (version < 160_000) return;
  await sql`grant team to authenticated with inherit true`;
  const before = await started();
  await sql`grant team to authenticated with inherit false`;
  expect(await started()).not.toBe(before);
});

test("S7. nothing else is", async () => {
  const before = await started();
  const other = postgres.sql({ max: 1 });
  for (const statement of [
    "create database elsewhere",
    "insert into items values (1)",
    "create table more (id int); alter table more owner to team",
    "alter table apart owner to team",
    "alter function open_items() owner to team",
    "create temp view brief as select 1 as a",
    "grant select on items to team",
    "analyze; vacuum pg_authid; vacuum full pg_auth_members",
  ]) {
    for (const each of statement.split("; ")) await sql.unsafe(each);
    await other`select 1`;
    expect([statement, await started()]).toEqual([statement, before]);
  }
});
