import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { SECRET, SECRET_HASH } from "../testing/database.ts";

let postgres: Postgres;
let sql: Sql;
const MIGRATION = captureSql({ tables: [{ relation: "public.items" }], secretHash: SECRET_HASH });

beforeAll(async () => {
  postgres = await startPostgres({ flags: ["-c", "wal_level=logical"] });
  sql = postgres.sql({ max: 1 });
  await sql`create table items (id int, text text)`;
  await sql.unsafe(MIGRATION).simple();
});
beforeEach(async () => {
  await sql.unsafe("drop publication if exists ours");
});
afterAll(() => postgres?.stop());

/** Prunes the outbox. Two calls: pruning deletes what the previous call could see. */
async function pruned(): Promise<number> {
  await sql`update tidemark.state set next_prune_at = now() - interval '1 day'`;
  await sql`select tidemark_prune(${SECRET})`;
  await sql`update tidemark.state set next_prune_at = now() - interval '1 day'`;
  const [row] = await sql`select tidemark_prune(${SECRET})::int as deleted`;
  return row?.deleted;
}

const left = async (): Promise<number> => (await sql`select count(*)::int as n from tidemark.outbox`)[0]?.n;

test.each([
  "for all tables",
  "for tables in schema tidemark",
  "for table tidemark.outbox where (txid > '0' and id > 0), table tidemark.state where (only_row)",
  "for table tidemark.outbox (txid, id, written_at, op), table tidemark.schema_change, table tidemark.watched (relation)",
])("I11. a published outbox is pruned, and capture can be installed again: %s", async (what) => {
  await sql.unsafe(`create publication ours ${what}`);
  await sql`insert into items values (1, 'a')`;
  await sql`create table fresh (id int)`;
  await sql`drop table fresh`;
  expect(await pruned()).toBeGreaterThan(2);
  expect(await left()).toBe(0);
  await sql.unsafe(MIGRATION).simple();
  await sql`select tidemark.watch('public.items', array['id'])`;
  await sql`select tidemark.watch('public.items')`;
});

test("I11. the migration repairs an older or altered installation", async () => {
  await sql
    .unsafe(`alter event trigger tidemark_ddl disable; alter event trigger tidemark_drop disable;
    alter table tidemark.outbox replica identity default; drop index tidemark.outbox_row;
    create index outbox_txid on tidemark.outbox (txid); alter table tidemark.state replica identity nothing;
    alter table tidemark.schema_change replica identity default; create publication ours for all tables`)
    .simple();
  await sql`insert into items values (2, 'b')`;
  await expect(pruned()).rejects.toThrow("replica identity");
  await sql.unsafe(MIGRATION).simple();
  await sql`insert into items values (2, 'b')`;
  expect(await pruned()).toBeGreaterThan(0);
  expect(await sql`select from pg_class where relname = 'outbox_txid'`).toHaveLength(0);
});

test("I11. a pruning that Postgres refuses fails for its caller, fails no write, and shows in the next pull", async () => {
  await sql`create publication ours for table tidemark.outbox (op)`;
  await sql`update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = now() - interval '3 days'`;
  await expect(pruned()).rejects.toThrow("cannot delete from table");
  await sql`update tidemark.state set next_prune_at = now() - interval '3 days'`;
  for (let n = 0; n < 3; n++) await sql`insert into items select n, 'c' from generate_series(1, 600) n`;
  const [row] = await sql<[{ page: { prunedAt: number; now: number } }]>`
    select tidemark_changes(${SECRET}) as page`;
  expect(row.page.now - row.page.prunedAt).toBeGreaterThan(2.9 * 86_400_000);
});

test("I9. a subscriber that has our tables, too, can apply the deletions of pruning", async () => {
  await sql`create database copy`;
  const copy = postgres.sql({ max: 1, database: "copy" });
  await copy`create table items (id int, text text)`;
  await copy.unsafe(captureSql({ tables: [], secretHash: [] })).simple();
  await copy`truncate tidemark.outbox`;
  await sql`create publication ours for table tidemark.outbox`;
  // Within one cluster the slot must exist first.
  await sql`select pg_create_logical_replication_slot('ours', 'pgoutput')`;
  await copy.unsafe(`create subscription ours connection '${postgres.url}' publication ours
    with (create_slot = false, slot_name = 'ours', copy_data = false)`);
  const arrived = async () =>
    (await copy`select record from tidemark.outbox where op = 'INSERT'`).map(({ record }) => record.id);
  await sql`insert into items values (3, 'd')`;
  await expect.poll(arrived).toEqual([3]);
  await pruned();
  await sql`insert into items values (4, 'e')`;
  await expect.poll(arrived).toEqual([4]);
  await copy.unsafe("alter subscription ours disable");
  await copy.unsafe("alter subscription ours set (slot_name = none)");
  await copy.unsafe("drop subscription ours");
});
