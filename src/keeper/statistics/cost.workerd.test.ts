import { expect, it } from "vitest";
import type { Keeper } from "../keeper.ts";
import type { Sql } from "../ports/ports.ts";
import { sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { reported } from "./testing/reported.ts";

// docs/metrics.md states these figures.

const HOUR_MS = 3_600_000;
const POLLS_AN_HOUR = 1_800;

/** Rows that statements on the tables of the statistics have written; all others are not theirs. */
function watched(sql: Sql): { readonly sql: Sql; readonly written: () => number } {
  let written = 0;
  return {
    written: () => written,
    sql: {
      ...sql,
      exec: (query, ...bindings) => {
        const before = sql.rows?.written ?? 0;
        const rows = sql.exec<never>(query, ...bindings);
        const isTheirs = /INTO (?:minutes|hours)/.test(query) || bindings[0] === "statistics";
        if (isTheirs) written += (sql.rows?.written ?? 0) - before;
        return rows;
      },
    },
  };
}

/** A dashboard that stays open for an hour: the statistics every two seconds, and the history every minute. */
async function lookedAt(keeper: Keeper, advance: (ms: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < POLLS_AN_HOUR; n++) {
    keeper.called();
    await keeper.stats(null);
    if (n % 30 === 0) {
      keeper.called();
      await keeper.history("day");
    }
    await advance(HOUR_MS / POLLS_AN_HOUR);
  }
}

it(
  "I11. an hour of reads writes two rows of counters a minute, one of history, and one more",
  onStorage(async (rig, sql) => {
    const { sql: counting, written } = watched(sql);
    rig.sql = counting;
    const keeper = rig.start();
    for (let second = 0; second < 3_600; second += 10) {
      await sync(keeper, { report: reported({ hits: 20, misses: 1 }) });
      await rig.clock.advance(10_000);
    }
    // The first hour's row is written in the second hour.
    await sync(keeper, { report: reported({ hits: 1 }) });
    await rig.clock.advance(60_000);
    expect(written()).toBe(121 + 60 + 1);
  }),
);

it(
  "I11. an idle site writes nothing, and a dashboard that stays open for an hour one row",
  onStorage(async (rig, sql) => {
    const { sql: counting, written } = watched(sql);
    rig.sql = counting;
    const keeper = rig.start();
    await keeper.setMode("on");
    await rig.clock.advance(24 * HOUR_MS);
    expect(written()).toBe(0);
    const read = sql.rows?.read ?? 0;
    await lookedAt(keeper, (ms) => rig.clock.advance(ms));
    const { operations } = await keeper.stats(null);
    expect(operations.keeperCalls).toBe(POLLS_AN_HOUR + 60);
    expect(written()).toBe(1);
    // The mode is a row. How many bodies wait for KV is counted once a minute.
    expect((sql.rows?.read ?? 0) - read).toBeLessThanOrEqual(POLLS_AN_HOUR + 2 * 60);
  }),
);

it(
  "I11. a history that is polled reads its rows once",
  onStorage(async (rig, sql) => {
    const keeper = rig.start();
    for (let minute = 0; minute < 30; minute++) {
      await sync(keeper, { report: reported({ hits: 1 }) });
      await rig.clock.advance(60_000);
    }
    await keeper.history("day");
    const read = sql.rows?.read ?? 0;
    for (let n = 0; n < 10; n++) expect((await keeper.history("day")).rows).toHaveLength(30);
    expect(sql.rows?.read).toBe(read);
  }),
);
