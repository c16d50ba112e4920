import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { SECRET, SECRET_HASH } from "../testing/database.ts";
import { type Page, unpacked } from "../testing/page.ts";

let postgres: Postgres;
let sql: Sql;
let other: Sql;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1, onnotice: () => {} });
  other = postgres.sql({ max: 1, onnotice: () => {} });
  await sql
    .unsafe(`create table items (id int primary key); create role mallory; create table hers (id int primary key);
      alter table hers owner to mallory; grant create on schema public to mallory`)
    .simple();
  const tables = ["items", "hers"].map((table) => ({ relation: `public.${table}` }));
  await sql.unsafe(captureSql({ tables, secretHash: SECRET_HASH })).simple();
});
afterAll(() => postgres?.stop());
beforeEach(() =>
  sql
    .unsafe(`drop table if exists parent, renamed; create table parent (id int primary key, n int) partition by range (id);
      create table part_1 partition of parent for values from (0) to (100);
      create table part_2 partition of parent for values from (100) to (200); insert into parent values (1, 1), (101, 1)`)
    .simple(),
);

async function page(since: string | null = null): Promise<Page> {
  const [row] = await sql`select tidemark_changes(${SECRET}, ${since}) as page`;
  return row?.page;
}

const short = ({ changes }: Page) => unpacked(changes).map(({ type, table }) => `${type} ${table ?? "*"}`);

const REPEATABLE_READ = "begin isolation level repeatable read; select from items";
const MANY = "insert into parent select i, 1 from generate_series(2, 99) i";

test.each([
  ["of one row", "update parent set n = 2 where id = 1"],
  ["of many rows", MANY],
  [
    "of more than are told",
    "insert into parent select i % 200, 1 from generate_series(2, 99) i; update parent set n = 3",
  ],
  ["TRUNCATE", "truncate parent"],
  ["on a part", "delete from part_1"],
])("a write whose snapshot is older than the watch is reported: %s", async (_, write) => {
  await other.unsafe(REPEATABLE_READ).simple();
  await sql`select tidemark.watch('public.parent')`;
  const { snapshot } = await page();
  await other.unsafe(`${write}; commit`).simple();
  expect(short(await page(snapshot))).toContain("FLUSH *");
});

test.each([
  ["of one row", "update % set n = 2 where id = 1", ["UPDATE renamed"]],
  ["of two rows", "update % set n = 2", ["UPDATE renamed"]],
  ["TRUNCATE", "truncate %", ["TRUNCATE renamed"]],
])(
  "a write whose snapshot is older than the table's name is reported under the new name: %s",
  async (_, write, told) => {
    await sql`select tidemark.watch('public.parent')`;
    await other.unsafe(REPEATABLE_READ).simple();
    await sql`alter table parent rename to renamed`;
    const { snapshot } = await page();
    await other.unsafe(`${write.replace("%", "renamed")}; commit`).simple();
    expect([...new Set(short(await page(snapshot)))]).toEqual(told);
  },
);

test("rows that DETACH PARTITION CONCURRENTLY hides are reported, while it waits and after it is cancelled", async () => {
  await sql`select tidemark.watch('public.parent')`;
  const before = await page();
  await other.unsafe("begin; select from parent").simple();
  const third = postgres.sql({ max: 1 });
  const [backend] = await third`select pg_backend_pid() as pid`;
  const detaching = third
    .unsafe("alter table parent detach partition part_2 concurrently")
    .execute()
    .catch((error: Error) => error.message);
  let rows = 2;
  while (rows === 2) rows = (await sql`select from parent`).length;
  expect((await page(before.snapshot)).started).not.toBe(before.started);
  await sql`select pg_cancel_backend(${backend?.pid})`;
  await detaching;
  await other.unsafe("commit").simple();
  const givenUp = await page(before.snapshot);
  expect([(await sql`select from parent`).length, givenUp.started === before.started]).toEqual([1, false]);
  await sql`alter table parent detach partition part_2 finalize`;
  expect((await page(givenUp.snapshot)).started).toBe(before.started);
  expect(short(await page(givenUp.snapshot))).toContain("FLUSH *");
  await sql`drop table part_2`;
});

test.each([
  "alter table public.hers enable row level security",
  "drop trigger tidemark_capture_2_update on public.hers",
])("a deep call stack hides no DDL: %s", async (command) => {
  await other
    .unsafe(`create or replace function public.deep(n int, command text) returns int language plpgsql as $f$
        declare depth int; begin
          begin depth := public.deep(n + 1, command); exception when statement_too_complex then null; end;
          if depth is not null then return depth; end if;
          begin execute command; return n; exception when statement_too_complex then return null; end;
        end $f$; alter function public.deep owner to mallory`)
    .simple();
  const before = await page();
  await other.unsafe("set max_stack_depth = '400kB'; set role mallory").simple();
  const [deep] = await other.unsafe("select public.deep(1, $1) as depth", [command]);
  await other.unsafe("reset role; reset max_stack_depth").simple();
  expect(deep?.depth).toBeGreaterThan(20);
  const after = await page(before.snapshot);
  expect(after.schemaVersion).toBeGreaterThan(before.schemaVersion);
  expect(short(after)).toContain("FLUSH *");
});
