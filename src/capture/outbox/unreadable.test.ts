import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { MAX_BYTES_PER_PAGE, MAX_BYTES_PER_STATEMENT } from "../sql/constants.ts";
import { Puller } from "../testing/puller.ts";

let postgres: Postgres;
let sql: Sql;
let puller: Puller;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql.unsafe(`
    create table plain (id int primary key, name text);
    create table odd (id int primary key, doc jsonb, raw json, name text);
    create function nested(levels int) returns json language sql as
      $$ select (repeat('[', levels) || repeat(']', levels))::json $$`);
  const tables = ["plain", "odd"].map((table) => ({ relation: `public.${table}` }));
  await sql.unsafe(captureSql({ tables, secretHash: [] })).simple();
  puller = new Puller(postgres.sql({ max: 1 }));
  await puller.pull();
});
afterAll(() => postgres.stop());

/** What is reported of a statement between two that can be read. */
async function told(statement: string): Promise<string[]> {
  await sql`truncate plain, odd`;
  await puller.pull();
  await sql`insert into plain values (1, 'before')`;
  await sql.unsafe(statement);
  await sql`insert into plain values (2, 'after')`;
  // As PostgREST does, which parses what a function returns.
  const [{ page }] = await sql<[{ page: string }]>`
    select (json_agg(tidemark.changes(${puller.cursor}::pg_snapshot, null, 0, 1000)) -> 0)::text as page`;
  expect(page).toContain("snapshot");
  const { changes } = await puller.pull();
  return changes.map(({ type, table }) => `${type} ${table}`);
}

const AROUND = (...between: string[]) => ["INSERT plain", ...between, "INSERT plain"];

describe("I9. a row that cannot be parsed flushes its table and holds up no other row", () => {
  test.each([
    ["half a surrogate pair", String.raw`insert into odd (id, raw) values (1, '{"a": "\ud800"}')`],
    ["an escaped NUL", String.raw`insert into odd (id, raw) values (1, '{"\u0000": 1}')`],
    [
      "levels beyond the server's stack",
      "set max_stack_depth = '7MB'; insert into odd (id, raw) values (1, nested(30000)); reset max_stack_depth",
    ],
  ])("I9. %s", async (_, statement) => {
    expect(await told(statement)).toEqual(AROUND("FLUSH odd"));
    const [first, second, ...rest] = await told(`${statement}; update odd set id = 2; delete from odd`);
    expect([first, second]).toEqual(["INSERT plain", "FLUSH odd"]);
    // An UPDATE that leaves the value as it is does not report it.
    expect(rest).toEqual([expect.stringMatching(/^(FLUSH|UPDATE) odd$/), "FLUSH odd", "INSERT plain"]);
  });

  test("I9. what can be parsed is reported: 1,001 levels, pairs, controls, huge numbers, duplicate members", async () => {
    const statement = String.raw`insert into odd values (1, nested(1001),
      '{"a": "\ud83d\ude00", "a": 1e99999, "b": -0, "c": "\u0001\\ud800\\u0000"}', E'\\ud800\\u0000')`;
    expect(await told(statement)).toEqual(AROUND("INSERT odd"));
  });

  test("I9. rows that an older version of capture wrote are checked, too", async () => {
    const large = `select 'INSERT', 'public', 'odd', to_json(repeat('x', ${MAX_BYTES_PER_PAGE} + 1))`;
    const written = `insert into tidemark.outbox (op, schema_name, table_name, record) ${large}`;
    expect(await told(written)).toEqual(AROUND("FLUSH odd"));
  });
});

test("I11. many rows that are small only when compressed become one flush, whatever holds them", async () => {
  const rows = (column: string, value: string) =>
    `insert into odd (id, ${column}) select n, ${value} from generate_series(1, ${MAX_BYTES_PER_STATEMENT / 50_000 + 1}) n`;
  expect(await told(rows("name", "repeat('x', 50000)"))).toEqual(AROUND("FLUSH odd"));
  expect(await told(rows("doc", "to_jsonb(repeat('x', 50000))"))).toEqual(AROUND("FLUSH odd"));
});
