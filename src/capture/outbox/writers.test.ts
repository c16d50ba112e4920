import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { openTransaction } from "../testing/open-transaction.ts";
import { Puller } from "../testing/puller.ts";

let postgres: Postgres;
let sql: Sql;
let puller: Puller;

beforeAll(async () => {
  postgres = await startPostgres({ flags: ["-c", "max_prepared_transactions=10"] });
  sql = postgres.sql({ max: 4 });
  await sql`create table items (id int, text text)`;
  await sql.unsafe(captureSql({ tables: [{ relation: "public.items" }], secretHash: [] })).simple();
  puller = new Puller(postgres.sql({ max: 1 }));
});
beforeEach(async () => {
  await puller.pull();
});
afterAll(() => postgres.stop());

describe("I9. Nothing of ours gets in a writer's way", () => {
  test("I9. capture uses no subtransaction ids", async ({ skip }) => {
    const [counting] = await sql`select to_regproc('pg_stat_get_backend_subxact') is not null as can`;
    if (!counting?.can) skip("Postgres counts them from 16 on");
    // Keeps the writers here from pruning, which runs in a subtransaction.
    await sql`select tidemark.prune()`;
    await sql.begin(async (tx) => {
      for (let id = 0; id < 100; id += 1) await tx`insert into items values (${id})`;
      const [stat] = await tx`select s.subxact_count from pg_stat_get_backend_idset() b,
        pg_stat_get_backend_subxact(b) s where pg_stat_get_backend_pid(b) = pg_backend_pid()`;
      expect(stat?.subxact_count).toBe(0);
    });
  });

  test("I8. a writer's temporary tables and types do not stand in for Postgres' own", async () => {
    const intruder = postgres.sql({ max: 1 });
    for (const name of [
      "text",
      "json",
      "jsonb",
      "record",
      "xid8",
      "pg_snapshot",
      "regclass",
      "oid",
      "int2",
    ]) {
      await intruder.unsafe(`create domain pg_temp.${name} as pg_catalog.int4 check (false)`);
    }
    for (const name of ["attribute", "class", "namespace", "trigger", "inherits", "index", "proc", "roles"]) {
      await intruder.unsafe(`create temp table pg_${name} (n int)`);
    }
    await intruder`select tidemark.set_nudge('notify')`;
    await intruder`insert into items values (1)`;
    await intruder`create view three as select 3 as a`;
    await intruder`select tidemark.set_nudge('off')`;
    expect((await puller.pull()).changes).toMatchObject([
      { type: "INSERT", record: { id: 1 } },
      { type: "FLUSH" },
    ]);
  });

  test("I9. a missing outbox fails no write of a session that has used it before", async () => {
    const [writer, owner] = [postgres.sql({ max: 1 }), postgres.sql({ max: 1 })];
    const write = (id: number) =>
      writer.begin((tx) => [
        tx`insert into items values (${id})`,
        tx`insert into items values (${id}), (${id})`,
        tx`update items set text = 'x' where id = ${id}`,
        tx`delete from items where id = ${id}`,
      ]);
    await write(7_001);
    expect((await puller.pull()).changes).toHaveLength(9);
    await owner`alter table tidemark.outbox rename to elsewhere`;
    await write(7_002);
    await writer`truncate items`;
    await owner`alter table tidemark.elsewhere rename to outbox`;
    await write(7_003);
    const told = (await puller.pull()).changes;
    // The next pull flushes everything, and with it what was written meanwhile.
    const changes = told.filter(({ type }) => type !== "FLUSH");
    expect([told.length, changes.length]).toEqual([10, 9]);
    expect(new Set(changes.map(({ record, old_record }) => (record ?? old_record)?.id))).toEqual(
      new Set([7_003]),
    );
  });

  test("I9. DDL can run in a prepared transaction where the server allows those", async () => {
    const one = postgres.sql({ max: 1 });
    await one`begin`;
    await one`create view prepared as select 1 as a`;
    await one`prepare transaction 'ddl'`;
    await one`commit prepared 'ddl'`;
    expect((await puller.pull()).changes).toMatchObject([{ type: "FLUSH" }]);
  });

  test("I9. writers and migrations do not wait for each other", async () => {
    const open = await openTransaction(sql, 1, (tx) => tx`create view one as select 1 as a`);
    await sql.begin(async (tx) => {
      await tx`set local lock_timeout = '1s'`;
      await tx`insert into items values (2)`;
      await tx`create view two as select 2 as a`;
    });
    await open.commit();
    const { changes } = await puller.pull();
    expect(changes.map(({ type }) => type).sort()).toEqual(["FLUSH", "FLUSH", "INSERT", "INSERT"]);
  });

  test("I9. serializable writers of different rows do not fail each other", async () => {
    const one = await openSerializable(1);
    const two = await openSerializable(2);
    await one();
    await two();
    expect((await puller.ids()).sort()).toEqual([1, 2]);
  });
});

async function openSerializable(id: number): Promise<() => Promise<unknown>> {
  const client = postgres.sql({ max: 1 });
  await client`begin isolation level serializable`;
  await client`insert into items select ${id}::int from generate_series(1, 1)`;
  return () => client`commit`;
}
