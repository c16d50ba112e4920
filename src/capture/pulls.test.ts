import type { Sql, TransactionSql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../testing/postgres.ts";
import { captureSql } from "./capture-sql.ts";
import { ABANDONED_PRUNE_BATCH, MAX_BYTES_PER_PAGE, MAX_ROWS_PER_STATEMENT } from "./constants.ts";
import { Puller } from "./testing/puller.ts";

const WRITERS = 12;
const COMMITS_A_WRITER = 250;
/** For the order of what the writers do; the interleaving is the machine's own. */
const SEED = 20_261_121;

let postgres: Postgres;
let sql: Sql;
let puller: Puller;

beforeAll(async () => {
  postgres = await startPostgres({ flags: ["-c", "max_prepared_transactions=10"] });
  sql = postgres.sql({ max: 4 });
  await sql`create table items (id int, text text)`;
  await sql`create database elsewhere`;
  await sql.unsafe(captureSql({ tables: [{ relation: "public.items" }], secretHash: [] })).simple();
  puller = new Puller(postgres.sql({ max: 1 }));
});
beforeEach(async () => {
  await puller.pull();
});
afterAll(() => postgres.stop());

/** A transaction that stays open until it is told to end; it has written `id`. */
async function openTransaction(id: number, body: (tx: TransactionSql) => Promise<unknown> = async () => {}) {
  const ends = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const done = sql
    .begin(async (tx) => {
      await tx`insert into items values (${id})`;
      await body(tx);
      open.resolve();
      await ends.promise;
    })
    .catch((error) => {
      open.reject(error);
      if (error !== "rolled back") throw error;
    });
  await open.promise;
  return {
    commit: async () => {
      ends.resolve();
      await done;
    },
    rollBack: async () => {
      ends.reject("rolled back");
      await done;
    },
  };
}

describe("I5. Nothing captured is lost, nor told twice, whatever the order of commits", () => {
  test("I5. a transaction that commits late is told when it does", async () => {
    const late = await openTransaction(1);
    await sql`insert into items values (2)`;
    expect(await puller.ids()).toEqual([2]);
    await sql`insert into items values (3)`;
    await late.commit();
    expect(await puller.ids()).toEqual([1, 3]);
    expect(await puller.ids()).toEqual([]);
  });

  test("I5. savepoints belong to their transaction, also when there are more than Postgres keeps at hand", async () => {
    const late = await openTransaction(1, async (tx) => {
      for (let id = 10; id < 90; id += 1) await tx.savepoint((s) => s`insert into items values (${id})`);
      await tx.savepoint((s) => s`insert into items values (1 / 0)`).catch(() => {});
      await tx
        .savepoint(async (s) => {
          await s`insert into items values (99)`;
          throw new Error("taken back");
        })
        .catch(() => {});
    });
    await sql`insert into items values (2)`;
    expect(await puller.ids()).toEqual([2]);
    await late.commit();
    expect(await puller.ids()).toEqual([1, ...Array.from({ length: 80 }, (_, n) => n + 10)]);
    expect(await puller.ids()).toEqual([]);
  });

  test("I5. what is rolled back is never told", async () => {
    const doomed = await openTransaction(1);
    await puller.pull();
    await doomed.rollBack();
    await sql`insert into items values (2)`;
    expect(await puller.ids()).toEqual([2]);
  });

  test("I5. a prepared transaction is told when it commits, also after a restart's worth of pulls", async () => {
    const one = postgres.sql({ max: 1 });
    await one`begin`;
    await one`insert into items values (1)`;
    await one`prepare transaction 'p'`;
    await sql`insert into items values (2)`;
    expect(await puller.ids()).toEqual([2]);
    expect(await puller.ids()).toEqual([]);
    await one`commit prepared 'p'`;
    expect(await puller.ids()).toEqual([1]);
    expect(await puller.ids()).toEqual([]);
  });

  test("I5. pages are of one snapshot: what commits between them comes with the next pull", async () => {
    const small = new Puller(postgres.sql({ max: 1 }), 3);
    small.cursor = puller.cursor;
    const late = await openTransaction(100);
    await sql`insert into items select generate_series(1, 7)`;
    const first = await small.page();
    expect(first.changes.map(({ record }) => record?.id)).toEqual([1, 2, 3]);
    await late.commit();
    await sql`insert into items values (101)`;
    const second = await small.page(first.snapshot, first.last ?? 0);
    const third = await small.page(first.snapshot, second.last ?? 0);
    expect([...second.changes, ...third.changes].map(({ record }) => record?.id)).toEqual([4, 5, 6, 7]);
    expect([first.more, second.more, third.more]).toEqual([true, true, false]);
    small.cursor = first.snapshot;
    expect(await small.ids()).toEqual([100, 101]);
  });

  test("I11. a page ends when it is large", async () => {
    const rows = Math.ceil((MAX_BYTES_PER_PAGE * 1.3) / 60_000);
    for (let id = 1; id <= rows; id += 1) await sql`insert into items values (${id}, repeat('x', 60000))`;
    const page = await puller.page();
    expect(page.changes.length).toBeLessThan(rows * 0.8);
    expect(page.more).toBe(true);
    expect(await puller.ids()).toEqual(Array.from({ length: rows }, (_, n) => n + 1));
  });

  test(`I5. ${WRITERS} writers, ${WRITERS * COMMITS_A_WRITER} transactions: every row that was committed is told once`, async () => {
    const reader = new Puller(postgres.sql({ max: 1 }), 50);
    reader.cursor = puller.cursor;
    const told: number[] = [];
    const committed: number[] = [];
    let writing = true;
    const reading = (async () => {
      while (writing) told.push(...(await reader.ids()));
      told.push(...(await reader.ids()));
    })();
    const writers = postgres.sql({ max: WRITERS });
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const random = generator(SEED + writer);
        for (let n = 0; n < COMMITS_A_WRITER; n += 1) {
          const id = (writer * COMMITS_A_WRITER + n) * 10 + 1_000;
          const kind = random();
          if (kind < 0.6) {
            await writers`insert into items values (${id})`;
            committed.push(id);
          } else if (kind < 0.75) {
            await writers
              .begin(async (tx) => {
                await tx`insert into items values (${id})`;
                throw "rolled back";
              })
              .catch((error) => expect(error).toBe("rolled back"));
          } else {
            await writers.begin(async (tx) => {
              await tx`insert into items values (${id})`;
              await tx.savepoint((s) => s`insert into items values (${id + 1}), (${id + 2})`);
              if (kind > 0.9) await tx.savepoint((s) => s`insert into items values (1 / 0)`).catch(() => {});
            });
            committed.push(id, id + 1, id + 2);
          }
        }
      }),
    );
    writing = false;
    await reading;
    expect(told.sort((a, b) => a - b)).toEqual(committed.sort((a, b) => a - b));
  });
});

describe("I5. Pruning", () => {
  /** Prunes what was visible when this was last called. */
  const prune = async () => {
    const [{ deleted }] = await sql<
      [{ deleted: number }]
    >`select tidemark.prune('0 seconds')::int as deleted`;
    return deleted;
  };

  test("I5. past a cursor that slept flushes everything, past a newer one nothing", async () => {
    await sql`insert into items values (1)`;
    const sleeper = new Puller(postgres.sql({ max: 1 }));
    sleeper.cursor = puller.cursor;
    await puller.pull();
    await prune();
    await sql`insert into items values (2)`;
    expect(await prune()).toBeGreaterThan(0);
    expect(await sleeper.pull()).toMatchObject({ flush: "pruned", changes: [] });
    expect(await sleeper.pull()).toMatchObject({ flush: null, changes: [] });
    expect(await puller.ids()).toEqual([2]);
  });

  test("I5. a late commit with a low number is not lost by it, nor does a forgotten transaction flush for good", async () => {
    const other = postgres.sql({ max: 1, database: "elsewhere" });
    await other`begin`;
    await other`select pg_current_xact_id()`;
    const late = await openTransaction(1);
    await puller.pull();
    for (let round = 0; round < 3; round += 1) {
      await sql`insert into items values (2)`;
      expect(await puller.ids()).toEqual([2]);
      await prune();
    }
    await late.commit();
    await prune();
    expect(await puller.ids()).toEqual([1]);
    await other`rollback`;
  });

  test("I9. waits for nobody and makes nobody wait", async () => {
    await sql`insert into items values (1)`;
    await prune();
    const holder = await openTransaction(2, (tx) => tx`select tidemark.prune('0 seconds')`);
    expect(await prune()).toBe(0);
    await sql.begin(async (tx) => {
      await tx`set local lock_timeout = '1s'`;
      await tx`insert into items values (3)`;
    });
    expect((await puller.ids()).at(-1)).toBe(3);
    await holder.commit();
  });

  test("I11. is done by writers when nobody else has for a day", async () => {
    await prune();
    const rows = sql`select generate_series(1, ${MAX_ROWS_PER_STATEMENT}::int)`;
    for (let n = 0; n < 8; n += 1) await sql`insert into items (id) ${rows}`;
    const left = async () => Number((await sql`select count(*) as n from tidemark.outbox`)[0]?.n);
    const before = await left();
    await prune();
    expect(await left()).toBeLessThan(before);
    for (let n = 0; n < 8; n += 1) await sql`insert into items (id) ${rows}`;
    await sql`update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = now() - interval '2 days'`;
    const full = await left();
    await sql`insert into items (id) ${rows}`;
    expect(await left()).toBe(full + MAX_ROWS_PER_STATEMENT - ABANDONED_PRUNE_BATCH);
    await prune();
    await sql`update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = now() - interval '2 days'`;
    // Of single rows about one in 500 looks.
    const doomed = await left();
    await sql`do $$ begin for id in 1 .. 10000 loop insert into items values (id); end loop; end $$`;
    expect(await left()).toBeLessThan(doomed + 10_000);
    await sql`truncate items`;
  });
});

describe("I5. Another history", () => {
  test("I5. a cursor from the future flushes everything", async () => {
    puller.cursor = "9000000000:9000000000:";
    expect(await puller.pull()).toMatchObject({ flush: "history" });
  });

  test("I5. a dump of another server's outbox is a new incarnation at the next pruning", async () => {
    await sql`update tidemark.state set next_prune = '9000000000:9000000000:', pruned_snapshot = '9000000000:9000000000:'`;
    const { incarnation } = await puller.page();
    expect(await puller.pull()).toMatchObject({ flush: "history" });
    await sql`select tidemark.prune()`;
    expect((await puller.page()).incarnation).not.toBe(incarnation);
    expect(await puller.pull()).toMatchObject({ flush: null });
  });

  test("I5. what is under way while such an outbox is cleared away is told when it commits", async () => {
    const late = await openTransaction(1);
    await sql`insert into items values (2)`;
    await sql`update tidemark.state set next_prune = '9000000000:9000000000:'`;
    await sql`select tidemark.prune()`;
    expect(await puller.ids()).toEqual([]);
    await late.commit();
    expect(await puller.ids()).toEqual([1]);
  });

  test("I5. a restart shows, and what was committed before is still told after it", async () => {
    const { started, incarnation } = await puller.page();
    await sql`insert into items values (1)`;
    await postgres.restart();
    const page = await puller.page();
    expect(page.started).not.toBe(started);
    expect(page.incarnation).toBe(incarnation);
    expect(await puller.ids()).toEqual([1]);
  });
});

describe("I9. Nothing of ours is in a writer's way", () => {
  test("I9. capture takes no subtransaction ids", async ({ skip }) => {
    const [counting] = await sql`select to_regproc('pg_stat_get_backend_subxact') is not null as can`;
    if (!counting?.can) skip("Postgres counts them from 16 on");
    // So that nobody in here finds that pruning is due, which is done in a subtransaction.
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

  test("I9. an outbox that is away fails no write of a session that has seen it", async () => {
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
    // Whoever has pulled before forgets what was written meanwhile with all the rest.
    const changes = told.filter(({ type }) => type !== "FLUSH");
    expect([told.length, changes.length]).toEqual([10, 9]);
    expect(new Set(changes.map(({ record, old_record }) => (record ?? old_record)?.id))).toEqual(
      new Set([7_003]),
    );
  });

  test("I9. a change of the schema can be prepared, where transactions can", async () => {
    const one = postgres.sql({ max: 1 });
    await one`begin`;
    await one`create view prepared as select 1 as a`;
    await one`prepare transaction 'ddl'`;
    await one`commit prepared 'ddl'`;
    expect((await puller.pull()).changes).toMatchObject([{ type: "FLUSH" }]);
  });

  test("I9. writers and migrations do not wait for each other", async () => {
    const open = await openTransaction(1, (tx) => tx`create view one as select 1 as a`);
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

/** Mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
