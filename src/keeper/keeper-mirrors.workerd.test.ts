import { describe, expect, it } from "vitest";
import type { Keeper } from "./keeper.ts";
import { WAIT_CLASSES } from "./protocol/classes.ts";
import type { Position } from "./protocol/position.ts";
import type { NearMirror, UsageReport } from "./protocol/statistics.ts";
import { REGIONS_COUNTED } from "./statistics/mirror-regions.ts";
import { STATISTICS_FLUSH_MS } from "./statistics/statistics.ts";
import { reported } from "./statistics/testing/reported.ts";
import { changeOf, readOf } from "./testing/fixtures.ts";
import { type Rig, sync } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

/** A keeper from which a mirror has synced, with one key, and what the mirror is told. */
async function mirrored(rig: Rig) {
  const told: Position[] = [];
  rig.nudgeMirror = async (mirror, position) => {
    expect(mirror).toBe("weur-0");
    told.push(position);
  };
  const keeper = rig.start();
  await rig.filled(keeper, readOf("a"), "body");
  await sync(keeper, { mirror: "weur-0" });
  return { keeper, told };
}

const position = async (keeper: Keeper) => (await keeper.stats(null)).position;

describe("a keeper from which mirrors sync", () => {
  for (const [what, raise] of [
    ["a change", (keeper) => keeper.ingest([changeOf()])],
    ["a purge", (keeper) => keeper.purge({ all: true })],
    ["a change of mode", (keeper) => keeper.setMode("shadow")],
  ] as const satisfies readonly (readonly [string, (keeper: Keeper) => Promise<unknown>])[])
    it(
      `M4. tells them of ${what}`,
      onStorage(async (rig) => {
        const { keeper, told } = await mirrored(rig);
        await raise(keeper);
        await rig.clock.advance(1);
        expect(told).toEqual([await position(keeper)]);
      }),
    );

  it(
    "M4. says nothing when nothing was raised, nor to isolates",
    onStorage(async (rig) => {
      const { keeper, told } = await mirrored(rig);
      await sync(keeper, {});
      await keeper.nudge();
      await rig.clock.advance(60_000);
      expect(told).toEqual([]);
    }),
  );

  it(
    "M4, I10. nobody's call waits for a mirror that does not answer",
    onStorage(async (rig) => {
      let nudges = 0;
      rig.nudgeMirror = () => {
        nudges++;
        return new Promise(() => {});
      };
      const keeper = rig.start();
      await sync(keeper, { mirror: "weur-0" });
      await keeper.purge({ all: true });
      await rig.clock.advance(1);
      expect(nudges).toBe(1);
      // Without time that passes: these answer at once.
      await keeper.purge({ all: true });
      expect(await sync(keeper, { mirror: "weur-0" })).toMatchObject({ position: await position(keeper) });
      expect(nudges).toBe(1);
    }),
  );

  it(
    "M7. counts what mirrors did, by region, and which are there",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const waitsBy = { hit: { counts: WAIT_CLASSES.map(() => 1).concat(0), sumMs: 7 } };
      const report = (near: NearMirror): UsageReport => {
        const { detailed, ...rest } = reported({ hits: 14 });
        return { ...rest, near, ...(detailed && { detailed: { ...detailed, waitsBy } }) };
      };
      const near = { answered: 5, failed: 1, leftAlone: 2 };
      await keeper.stats(report({ ...near, name: "weur-0", keeperCalls: 3 }));
      await keeper.stats(report({ ...near, name: "weur-1", keeperCalls: 1 }));
      // An isolate reports by itself; that its mirror is there it does not know.
      await keeper.stats(report({ ...near, name: "oc-0" }));
      const { mirrors } = await keeper.stats(null);
      expect(mirrors).toMatchObject({
        weur: { mirrors: 2, answered: 10, failed: 2, leftAlone: 4, keeperCalls: 4, sumsMs: { hit: 14 } },
        oc: { mirrors: 0, answered: 5, failed: 1, leftAlone: 2, keeperCalls: 0, sumsMs: { hit: 7 } },
      });
      expect(mirrors.oc?.waitsBy.hit?.reduce((sum, { count }) => sum + count, 0)).toBe(14);
      expect(Object.keys(mirrors.oc?.waitsBy ?? {})).toEqual(["hit"]);
      await rig.clock.advance(STATISTICS_FLUSH_MS);
      const again = (await rig.start().stats(null)).mirrors;
      expect(again.weur).toEqual({ ...mirrors.weur, mirrors: 0 });
      await rig.clock.advance(300_001);
      expect((await keeper.stats(null)).mirrors.weur?.mirrors).toBe(0);
      const reset = (await keeper.resetStats()).mirrors;
      expect(reset.weur).toEqual({
        ...{ mirrors: 0, answered: 0, failed: 0, leftAlone: 0, keeperCalls: 0, waitsBy: {}, sumsMs: {} },
      });
    }),
  );

  it(
    "I11. whatever names are reported, it counts few regions",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (let n = 0; n < 100; n++)
        await keeper.stats({
          ...reported({ hits: 1 }),
          near: {
            ...{ answered: 1, failed: 0, leftAlone: 0 },
            name: `${"abcdefghij"[n % 10]}${n > 50 ? "-" : n}x${"k".repeat(n)}-0`,
          },
        });
      for (let n = 0; n < 26; n++) {
        const name = `${String.fromCharCode(97 + n)}-0`;
        await keeper.stats({
          ...reported({ hits: 1 }),
          near: { answered: 1, failed: 0, leftAlone: 0, name },
        });
      }
      const { mirrors } = await keeper.stats(null);
      expect(Object.keys(mirrors).length).toBeLessThanOrEqual(REGIONS_COUNTED + 1);
      expect(Object.values(mirrors).reduce((sum, { answered }) => sum + answered, 0)).toBe(126);
    }),
  );
});
