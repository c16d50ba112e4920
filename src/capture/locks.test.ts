import type { Sql } from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { captureSql, removeCaptureSql } from "./capture-sql.ts";
import { type Postgres, startPostgres } from "./testing/postgres.ts";

const WRITES = 15;
const MIGRATION = captureSql({
  tables: ["first", "second"].map((name) => ({ relation: `public.${name}` })),
  secretHash: [],
});

let postgres: Postgres;
let owner: Sql;
let writer: Sql;
/** Has written, and does not end its transaction. */
let holder: Sql;
/** The owner's backend. */
let pid: number;

beforeAll(async () => {
  postgres = await startPostgres();
  [owner, writer, holder] = [1, 2, 3].map(() => postgres.sql({ max: 1 })) as [Sql, Sql, Sql];
  await owner`create table first (id int)`;
  await owner`create table second (id int)`;
  pid = (await owner`select pg_backend_pid() as pid`)[0]?.pid;
  await writer`set lock_timeout = '700ms'`;
});
beforeEach(async () => {
  await owner.unsafe(removeCaptureSql()).simple();
  await owner`reset tidemark.lock_timeout`;
  await owner`reset lock_timeout`;
});
afterEach(async () => {
  await holder`rollback`;
});
afterAll(() => postgres?.stop());

async function hold(table: string): Promise<void> {
  await holder`begin`;
  await holder`insert into ${holder(table)} values (0)`;
}

/** Until the owner's script has come to a lock that it does not get, and queues for it, or sleeps before it tries again. */
async function untilItWaits(): Promise<void> {
  const waits = () =>
    writer`select from pg_stat_activity where pid = ${pid} and wait_event_type in ('Lock', 'Timeout')`;
  await expect.poll(async () => (await waits()).length, { timeout: 20_000 }).toBe(1);
}

/** How many of some writes fail. */
async function failedWrites(): Promise<number> {
  let failed = 0;
  for (let n = 0; n < WRITES; n++) {
    const table = n % 2 === 0 ? "first" : "second";
    await writer`insert into ${writer(table)} values (${n})`.catch(() => failed++);
  }
  return failed;
}

describe("9. a migration that must wait for a transaction keeps nobody waiting meanwhile", () => {
  test.each([
    ["first", () => MIGRATION],
    ["second", () => MIGRATION],
    ["second", () => removeCaptureSql()],
  ])("9. which has written %s", async (table, script) => {
    const removes = script() !== MIGRATION;
    if (removes) await owner.unsafe(MIGRATION).simple();
    await hold(table);
    await owner`set tidemark.lock_timeout = '2min'`;
    const run = owner
      .unsafe(script())
      .simple()
      .then(() => "done");
    await untilItWaits();
    expect(await failedWrites()).toBe(0);
    await holder`rollback`;
    expect(await run).toBe("done");
    const [row] =
      await owner`select count(*)::int as n from pg_trigger where tgname like 'tidemark_capture%'`;
    expect(row?.n).toBe(removes ? 0 : 8);
  });

  test("9. and is in no deadlock with it", async () => {
    await hold("second");
    await owner`set tidemark.lock_timeout = '2min'`;
    const run = owner
      .unsafe(MIGRATION)
      .simple()
      .then(() => "done");
    await untilItWaits();
    await holder`insert into first values (0)`;
    await holder`commit`;
    expect(await run).toBe("done");
  });
});

test("9. a migration that cannot lock a table says which, and what to do, and has changed nothing", async () => {
  await hold("second");
  await owner`set tidemark.lock_timeout = '100ms'`;
  const failure = await owner
    .unsafe(MIGRATION)
    .simple()
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "55P03",
    message: "tidemark: public.second is in use, and could not be locked within 00:00:00.1",
    hint: expect.stringContaining("set tidemark.lock_timeout = '1min'"),
  });
  expect(await owner`select from pg_namespace where nspname = 'tidemark'`).toHaveLength(0);
  await holder`rollback`;
  await owner.unsafe(MIGRATION).simple();
});

test("9. whoever runs the migration may have a lock_timeout of his own, and has it afterwards", async () => {
  const seen = async () => (await owner`show lock_timeout`)[0]?.lock_timeout;
  for (const script of [MIGRATION, removeCaptureSql()]) {
    for (const setting of ["0", "7s"]) {
      await owner.unsafe(`set lock_timeout = '${setting}'`);
      await owner
        .unsafe(
          script.replace(
            "select tidemark.guard();",
            "select tidemark.guard(); create table if not exists public.at_work as select current_setting('lock_timeout') as limited;",
          ),
        )
        .simple();
      expect(await seen()).toBe(setting);
    }
  }
  expect(await owner`select limited from at_work`).toEqual([{ limited: "5s" }]);
  await owner`drop table at_work`;
});
