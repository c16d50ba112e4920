import { describe, expect, it } from "vitest";
import { keeperCallsOf } from "./report.ts";
import { runWorld, type WorldOptions } from "./run.ts";

const SMALL: WorldOptions = {
  ...{ isolates: 180, regions: 9, mirrorsPerRegion: 1, hasHubs: false, perColo: 10, boundMs: 1_000 },
  ...{ reads: 10, changes: 2, keys: 20, seconds: 4, seed: 20_261_128 },
};

describe("isolates in nine regions, in virtual time", () => {
  it("M1, M6. mirrors take their calls off the keeper, and no answer is older than its bound", async () => {
    const [without, mirrored] = [await runWorld({ ...SMALL, mirrorsPerRegion: 0 }), await runWorld(SMALL)];
    for (const { commits, olderThanBound, hits, readsDone } of [without, mirrored]) {
      expect(commits).toBeGreaterThan(2);
      expect(olderThanBound).toBe(0);
      expect(hits / readsDone).toBeGreaterThan(0.99);
    }
    expect(keeperCallsOf(mirrored)).toBeLessThan(keeperCallsOf(without) / 4);
    // Twice a bound, and hardly more often.
    expect(mirrored.mirrorSyncs / mirrored.seconds / SMALL.isolates).toBeLessThan(2.5);
  });

  it("M1. a hub makes many mirrors one caller of the keeper, and no answer is older than its bound", async () => {
    const region = { ...SMALL, isolates: 60, regions: 1, mirrorsPerRegion: 6 };
    const [apart, together] = [await runWorld(region), await runWorld({ ...region, hasHubs: true })];
    expect([apart.olderThanBound, together.olderThanBound]).toEqual([0, 0]);
    expect(keeperCallsOf(together)).toBeLessThan(keeperCallsOf(apart) / 2);
    expect(together.hubCalls).toHaveLength(1);
  });
});
