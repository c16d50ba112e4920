import { expect, it } from "vitest";
import { sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { reported } from "./testing/reported.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

it(
  "keeps a row a minute and a row an hour, of the steps in which something was counted",
  onStorage(async (rig) => {
    const keeper = rig.start();
    await sync(keeper, { report: reported({ hits: 3 }) });
    await rig.clock.advance(MINUTE_MS);
    await sync(keeper, { report: reported({ hits: 4, misses: 1 }) });
    await rig.clock.advance(90 * MINUTE_MS);
    await sync(keeper, { report: reported({ bypasses: 2 }) });
    const day = await keeper.history("day");
    expect(day.stepSeconds).toBe(60);
    expect(
      day.rows.map(({ at, hits, misses, bypasses }) => [at.slice(11, 16), hits, misses, bypasses]),
    ).toEqual([
      ["00:00", 3, 0, 0],
      ["00:01", 4, 1, 0],
      ["01:31", 0, 0, 2],
    ]);
    const month = await keeper.history("month");
    expect(month.stepSeconds).toBe(3_600);
    expect(month.rows.map(({ at, hits, bypasses }) => [at.slice(11, 16), hits, bypasses])).toEqual([
      ["00:00", 7, 0],
      ["01:00", 0, 2],
    ]);
    expect(day.rows[1]?.waits).toHaveLength(day.bounds.waits.length);
    expect(day.rows[1]?.waits.reduce((sum, count) => sum + count)).toBe(5);
  }),
);

it(
  "goes on after a restart and after a reset, and forgets what is older than a day",
  onStorage(async (rig) => {
    const first = rig.start();
    await sync(first, { report: reported({ hits: 3 }) });
    await rig.clock.advance(MINUTE_MS);
    const second = rig.start();
    await sync(second, { report: reported({ hits: 1 }) });
    await second.resetStats();
    await sync(second, { report: reported({ hits: 5 }) });
    await rig.clock.advance(MINUTE_MS);
    expect((await rig.start().history("day")).rows.map(({ hits }) => hits)).toEqual([3, 6]);
    expect((await second.stats(null)).hits).toBe(5);
    await rig.clock.advance(DAY_MS - 2 * MINUTE_MS);
    expect((await second.history("day")).rows.map(({ hits }) => hits)).toEqual([6]);
    expect((await second.history("month")).rows.map(({ hits }) => hits)).toEqual([9]);
  }),
);

it(
  "takes the place of the day before in its ring of rows",
  onStorage(async (rig, sql) => {
    const keeper = rig.start();
    for (let day = 0; day < 3; day++) {
      for (let minute = 0; minute < 4; minute++) {
        await sync(keeper, { report: reported({ hits: 1 }) });
        await rig.clock.advance(MINUTE_MS);
      }
      await rig.clock.advance(DAY_MS - 4 * MINUTE_MS);
    }
    const [row] = sql.exec<{ n: number }>("SELECT count(*) AS n FROM minutes");
    expect(row?.n).toBe(4);
    expect((await keeper.history("month")).rows.map(({ hits }) => hits)).toEqual([4, 4, 4]);
  }),
);
