import type { Sql } from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql, removeCaptureSql } from "../capture-sql.ts";

const WRITES = 15;
const MIGRATION = captureSql({
  tables: ["first", "second"].map((name) => ({ relation: `public.${name}` })),
  secretHash: [],
});

let postgres: Postgres;
let owner: Sql;
let writer: Sql;
/** A session that has written and keeps its transaction open. */
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
  await owner`drop table if exists beside`;
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

/**
 * Resolves when the owner's script meets a lock that is taken: it queues for it, or sleeps before the next try.
 */
async function untilItWaits(): Promise<void> {
  const waits = () =>
    writer`select from pg_stat_activity where pid = ${pid} and wait_event_type in ('Lock', 'Timeout')`;
  await expect.poll(async () => (await waits()).length).toBe(1);
}

/** How many of the writes fail. */
async function failedWrites(): Promise<number> {
  let failed = 0;
  for (let n = 0; n < WRITES; n++) {
    const table = n % 2 === 0 ? "first" : "second";
    await writer`insert into ${writer(table)} values (${n})`.catch(() => failed++);
  }
  return failed;
}

describe("I9. a migration that waits for a transaction keeps no other session waiting", () => {
  test.each([
    ["first", () => MIGRATION],
    ["second", () => MIGRATION],
    ["second", () => removeCaptureSql()],
  ])("I9. that has written %s", async (table, script) => {
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

  test("I9. and does not deadlock with it", async () => {
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

test("I9. a migration that cannot lock a table says which one and what to do, and changes nothing", async () => {
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

test("I9. the migration restores the lock_timeout that the session had", async () => {
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

describe("I2. DDL while a watched table is in use", () => {
  const triggers = async () => {
    const rows = await owner<
      { relation: string }[]
    >`select distinct tgrelid::regclass::text as relation from pg_trigger
      where tgname like 'tidemark_capture%' order by 1`;
    return rows.map(({ relation }) => relation);
  };
  /** The state that a role without event triggers would leave. */
  const without = async (...tables: string[]) => {
    await owner`set session_replication_role = replica`;
    await owner`alter event trigger tidemark_drop disable`;
    for (const each of await owner`select tgname as name, tgrelid::regclass::text as relation from pg_trigger
      where tgname like 'tidemark_capture%' and tgrelid = any (${tables}::regclass[])`) {
      await owner`drop trigger ${owner(each.name)} on ${owner(each.relation)}`;
    }
    await owner`alter event trigger tidemark_drop enable always`;
    await owner`reset session_replication_role`;
  };

  test("I2. covering a table locks its own family and nothing else", async () => {
    await owner.unsafe(MIGRATION).simple();
    await without("first", "second");
    const locked = await owner.begin(async (covering) => {
      await covering`select tidemark.cover('second')`;
      return covering`select relation::regclass::text as relation from pg_locks
        where pid = pg_backend_pid() and mode = 'ShareRowExclusiveLock' and relation in ('first'::regclass, 'second'::regclass)`;
    });
    expect(locked.map(({ relation }) => relation)).toEqual(["second"]);
  });

  test.each([
    ["first", "second"],
    ["second", "first"],
  ])("I2. while %s is in use, %s is covered, and the DDL is reported", async (busy, free) => {
    await owner.unsafe(MIGRATION).simple();
    await without("first", "second");
    expect(await triggers()).toEqual([]);
    await hold(busy);
    const versions = async () =>
      Number((await owner`select tidemark.changes(null, null, null, 1) ->> 'schemaVersion' as n`)[0]?.n);
    const before = await versions();
    await owner`create table beside (id int)`;
    expect(await triggers()).toEqual([free]);
    expect(await versions()).toBe(before + 1);
    await holder`rollback`;
    await owner`drop table beside`;
    expect(await triggers()).toEqual(["first", "second"]);
  });

  test("I2. several tables in use share one short timeout", async () => {
    await owner.unsafe(MIGRATION).simple();
    await without("first", "second");
    await hold("first");
    await holder`insert into second values (0)`;
    const heard: string[] = [];
    const changing = postgres.sql({ max: 1, onnotice: ({ message }) => heard.push(message ?? "") });
    await changing`create table beside (id int)`;
    const seconds = heard.map((message) =>
      Number(/^tidemark cannot cover .* could not be locked within 00:00:0([0-9.]+)$/.exec(message)?.[1]),
    );
    expect(seconds).toHaveLength(2);
    expect(seconds[0]).toBeLessThanOrEqual(1);
    // The first table has used it up.
    expect(seconds[1]).toBe(0.000001);
    await holder`rollback`;
    await changing`drop table beside`;
    expect(await triggers()).toEqual(["first", "second"]);
  });
});
