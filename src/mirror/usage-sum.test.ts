import { expect, it } from "vitest";
import type { NearMirror, UsageReport } from "../keeper/protocol/statistics.ts";
import { MirrorRig } from "./testing/rig.ts";

const report = (near?: NearMirror): UsageReport => ({
  counts: {
    ...{ hits: 1, stale: 0, misses: 0, signedInHits: 0, bypasses: 0, errors: 0 },
    ...{ originRequests: 0, kvReads: 0, shadowReads: 0, shadowWrong: 0 },
  },
  keysRead: [],
  ...(near && { near }),
});

const near = (answered: number, failed = 0): NearMirror => ({ name: "oc-0", answered, failed, leftAlone: 0 });

it("M7. tells the keeper how the calls of isolates ended, and how often the mirror has asked it itself", async () => {
  const rig = new MirrorRig();
  await rig.synced({ report: report(near(5, 1)), mirror: "oc-0" });
  await rig.synced({ report: report(near(7)) });
  await rig.filled("k");
  await rig.filled("k");
  // A caller that names no mirror near by, of a version before.
  await rig.synced({ report: report() });
  await rig.synced({ boundMs: 0 });
  // Two syncs, the one that carries the report among them, and a fill; the second fill was the mirror's own answer.
  expect(rig.keeper.filled).toHaveLength(1);
  expect(rig.keeper.synced.at(-1)?.report?.near).toEqual({
    ...{ name: "oc-0", answered: 12, failed: 1, leftAlone: 0, keeperCalls: 3 },
  });
  // It begins anew.
  await rig.synced({ report: report(near(2)) });
  await rig.synced({ boundMs: 0 });
  expect(rig.keeper.synced.at(-1)?.report?.near).toEqual({ ...near(2), keeperCalls: 1 });
});

it("M7. what a failed call was to carry is told by the next one", async () => {
  const rig = new MirrorRig();
  await rig.synced({ report: report(near(5)), mirror: "oc-0" });
  rig.keeper.isFailing = true;
  await expect(rig.synced({ boundMs: 0 })).rejects.toThrow("gone");
  rig.keeper.isFailing = false;
  await rig.synced({ boundMs: 0 });
  expect(rig.keeper.synced.at(-1)?.report?.near).toEqual({ ...near(5), keeperCalls: 3 });
});

it("M7. a mirror that nobody has called by its name does not make one up", async () => {
  const rig = new MirrorRig();
  await rig.synced({ report: report(near(5)) });
  await rig.synced({ boundMs: 0 });
  expect(rig.keeper.synced.at(-1)?.report).toEqual(report());
});
