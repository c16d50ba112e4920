import { expect, it } from "vitest";
import type { Keeper } from "../keeper.ts";
import type { Sql } from "../ports/ports.ts";
import { sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { reported } from "./testing/reported.ts";

// docs/metrics.md states these figures.

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

/** A dashboard that stays open for a day: the statistics every two seconds, and the history every minute. */
async function lookedAt(keeper: Keeper, advance: (ms: number) => Promise<void>): Promise<void> {
  for (let minute = 0; minute < 1_440; minute++) {
    for (let n = 0; n < 30; n++) {
      keeper.called();
      await keeper.stats(null);
    }
    keeper.called();
    await keeper.history("day");
    await advance(60_000);
  }
}

it(
  "I11. a day of reads writes two rows of counters a minute and one of history, and one an hour: 4,344",
  onStorage(async (rig, sql) => {
    const { sql: counting, written } = watched(sql);
    rig.sql = counting;
    const keeper = rig.start();
    for (let step = 0; step < 2_880; step++) {
      await sync(keeper, { report: reported({ hits: 20, misses: 1 }) });
      await rig.clock.advance(30_000);
    }
    expect(written()).toBeLessThanOrEqual(4_344);
    expect(written()).toBeGreaterThan(4_344 - 60);
  }),
);

it(
  "I11. an idle site writes nothing; a dashboard that is open for a day costs 44,640 calls, a row read for each and 45 written",
  onStorage(async (rig, sql) => {
    const { sql: counting, written } = watched(sql);
    rig.sql = counting;
    const keeper = rig.start();
    await keeper.setMode("on");
    await rig.clock.advance(86_400_000);
    expect(written()).toBe(0);
    const read = sql.rows?.read ?? 0;
    await lookedAt(keeper, (ms) => rig.clock.advance(ms));
    const { operations } = await keeper.stats(null);
    expect(operations.keeperCalls).toBe(44_640);
    expect(written()).toBeLessThanOrEqual(45);
    expect((sql.rows?.read ?? 0) - read).toBeLessThanOrEqual(44_640);
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
