import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { SECRET, SECRET_HASH } from "../testing/database.ts";

let postgres: Postgres;
let sql: Sql;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql
    .unsafe(`create role anon; create table items (id int primary key);
    ${captureSql({ tables: [{ relation: "public.items" }], secretHash: SECRET_HASH })}`)
    .simple();
});
afterAll(() => postgres?.stop());

const digest = async (by = sql) => {
  const [row] = await by<
    { settings: string }[]
  >`select tidemark_schema(${SECRET}) ->> 'settings' as settings`;
  return row?.settings;
};

test.each([
  "bytea_output = 'escape'",
  "intervalstyle = 'iso_8601'",
  "default_text_search_config = 'pg_catalog.simple'",
  "extra_float_digits = -3",
])("another setting of the server is another description: %s", async (setting) => {
  const before = await digest();
  await sql.unsafe(`alter system set ${setting}`);
  await sql.unsafe("select pg_reload_conf()");
  await expect.poll(() => digest()).not.toBe(before);
});

test("what a session has set or loaded is not the server's", async () => {
  const other = postgres.sql({ max: 1, connection: { application_name: "another" } });
  await other.unsafe("create extension if not exists pg_trgm");
  await other
    .unsafe("select 'a' % 'b'; set bytea_output = 'hex'; set statement_timeout = '1min'; set app.x = '1'")
    .simple();
  expect(await digest(other)).toBe(await digest());
});
