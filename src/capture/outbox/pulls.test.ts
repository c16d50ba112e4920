import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { Random } from "../../../testing/random.ts";
import { captureSql } from "../capture-sql.ts";
import { ABANDONED_PRUNE_BATCH, MAX_BYTES_PER_PAGE } from "../sql/constants.ts";
import { openTransaction } from "../testing/open-transaction.ts";
import { Puller } from "../testing/puller.ts";

const WRITERS = 12;
const COMMITS_A_WRITER = 250;
/** Orders each writer's statements; how they interleave is up to the machine. */
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

describe("I5. Nothing captured is lost or reported twice, whatever the order of commits", () => {
  test("I5. a transaction that commits late is reported after its commit", async () => {
    const late = await openTransaction(sql, 1);
    await sql`insert into items values (2)`;
    expect(await puller.ids()).toEqual([2]);
    await sql`insert into items values (3)`;
    await late.commit();
    expect(await puller.ids()).toEqual([1, 3]);
    expect(await puller.ids()).toEqual([]);
  });

  test("I5. savepoints belong to their transaction, even when there are more than Postgres caches", async () => {
    const late = await openTransaction(sql, 1, async (tx) => {
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

  test("I5. what is rolled back is never reported", async () => {
    const doomed = await openTransaction(sql, 1);
    await puller.pull();
    await doomed.rollBack();
    await sql`insert into items values (2)`;
    expect(await puller.ids()).toEqual([2]);
  });

  test("I5. a prepared transaction is reported when it commits, however many pulls came before", async () => {
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

  test("I5. all pages show one snapshot: what commits between them comes with the next pull", async () => {
    const small = new Puller(postgres.sql({ max: 1 }), 3);
    small.cursor = puller.cursor;
    const late = await openTransaction(sql, 100);
    for (let id = 1; id <= 7; id += 1) await sql`insert into items values (${id})`;
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

  test(`I5. ${WRITERS} writers, ${WRITERS * COMMITS_A_WRITER} transactions: every committed row is reported once`, async () => {
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
        const random = new Random(SEED + writer);
        for (let n = 0; n < COMMITS_A_WRITER; n += 1) {
          const id = (writer * COMMITS_A_WRITER + n) * 10 + 1_000;
          const kind = random.next();
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
  /** Prunes what was visible at the previous call. */
  const prune = async () => {
    const [{ deleted }] = await sql<
      [{ deleted: number }]
    >`select tidemark.prune('0 seconds')::int as deleted`;
    return deleted;
  };

  test("I5. past an old cursor flushes everything, past a newer one nothing", async () => {
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

  test("I5. loses no late commit with a low number, and a forgotten transaction does not cause flushes forever", async () => {
    const other = postgres.sql({ max: 1, database: "elsewhere" });
    await other`begin`;
    await other`select pg_current_xact_id()`;
    const late = await openTransaction(sql, 1);
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

  test("I9. waits for no session and makes none wait", async () => {
    await sql`insert into items values (1)`;
    await prune();
    const holder = await openTransaction(sql, 2, (tx) => tx`select tidemark.prune('0 seconds')`);
    expect(await prune()).toBe(0);
    await sql.begin(async (tx) => {
      await tx`set local lock_timeout = '1s'`;
      await tx`insert into items values (3)`;
    });
    expect((await puller.ids()).at(-1)).toBe(3);
    await holder.commit();
  });

  test("I11. is done by writers when nothing has pruned for a day", async () => {
    await prune();
    const single = (count: number) =>
      sql.unsafe(`do $$ begin for id in 1 .. ${count} loop insert into items values (id); end loop; end $$`);
    await single(4_000);
    const left = async () => Number((await sql`select count(*) as n from tidemark.outbox`)[0]?.n);
    const before = await left();
    await prune();
    expect(await left()).toBeLessThan(before);
    await single(4_000);
    await sql`update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = now() - interval '2 days'`;
    const full = await left();
    await sql`select tidemark.prune_abandoned()`;
    expect(await left()).toBe(full - ABANDONED_PRUNE_BATCH);
    await prune();
    await single(1_000);
    await sql`update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = now() - interval '2 days'`;
    // Of single rows about one in 500 looks.
    const doomed = await left();
    await single(10_000);
    expect(await left()).toBeLessThan(doomed + 10_000);
    await sql`truncate items`;
  });
});

describe("I5. Another history", () => {
  test("P19. another version of the pull is one, as it may divide a pull into other pages", async () => {
    const { started } = await puller.page();
    const [{ text }] = await sql<[{ text: string }]>`
      select pg_get_functiondef('tidemark.changes(pg_snapshot, pg_snapshot, bigint, int)'::regprocedure) as text`;
    await sql.unsafe(text.replace("'started', concat_ws('/', '", "$&another "));
    const other = await puller.page();
    await sql.unsafe(text);
    expect(other.started).not.toBe(started);
    expect((await puller.page()).started).toBe(started);
  });

  test("I5. a cursor from the future flushes everything", async () => {
    puller.cursor = "9000000000:9000000000:";
    expect(await puller.pull()).toMatchObject({ flush: "history" });
  });

  test("I5. a dump of another server's outbox becomes a new incarnation at the next pruning", async () => {
    await sql`update tidemark.state set next_prune = '9000000000:9000000000:', pruned_snapshot = '9000000000:9000000000:'`;
    const { incarnation } = await puller.page();
    expect(await puller.pull()).toMatchObject({ flush: "history" });
    await sql`select tidemark.prune()`;
    expect((await puller.page()).incarnation).not.toBe(incarnation);
    expect(await puller.pull()).toMatchObject({ flush: null });
  });

  test("I5. a transaction that is open while such an outbox is cleared is reported when it commits", async () => {
    const late = await openTransaction(sql, 1);
    await sql`insert into items values (2)`;
    await sql`update tidemark.state set next_prune = '9000000000:9000000000:'`;
    await sql`select tidemark.prune()`;
    expect(await puller.ids()).toEqual([]);
    await late.commit();
    expect(await puller.ids()).toEqual([1]);
  });

  test("I5. a restart is noticed, and what was committed before it is still reported after it", async () => {
    const { started, incarnation } = await puller.page();
    await sql`insert into items values (1)`;
    await postgres.restart();
    const page = await puller.page();
    expect(page.started).not.toBe(started);
    expect(page.incarnation).toBe(incarnation);
    expect(await puller.ids()).toEqual([1]);
  });
});
