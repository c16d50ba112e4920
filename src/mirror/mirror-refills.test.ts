import { describe, expect, it } from "vitest";
import { entryOf } from "../keeper/testing/fixtures.ts";
import { FRESHNESS_MS, MirrorRig, WAY_MS } from "./testing/rig.ts";

const ROUND_TRIP_MS = 2 * WAY_MS;

/** A mirror with a body of `k` that its readers have asked for this often since, and that is too old to count by its age. */
async function read(times: number, more = {}): Promise<MirrorRig> {
  const rig = new MirrorRig(more);
  await rig.synced();
  await rig.filled("k");
  for (let time = 0; time < times; time++) await rig.filled("k");
  await rig.clock.advance(FRESHNESS_MS);
  return rig;
}

/** What an isolate reports that has read these keys. */
const reportOf = (...keysRead: string[]) => ({
  counts: {
    ...{ hits: keysRead.length, stale: 0, misses: 0, signedInHits: 0, bypasses: 0, errors: 0 },
    ...{ originRequests: 0, kvReads: 0, shadowReads: 0, shadowWrong: 0 },
  },
  keysRead,
});

const nudge = async (rig: MirrorRig) => {
  await rig.mirror.nudge(rig.keeper.position);
  await rig.clock.advance(3 * ROUND_TRIP_MS);
};

describe("a mirror that is nudged", () => {
  it("M4. syncs, and proves nothing by the nudge itself", async () => {
    const rig = await read(0);
    const position = rig.keeper.change("x");
    await rig.mirror.nudge(position);
    await rig.clock.advance(ROUND_TRIP_MS - 1);
    // By what the copy was before.
    expect((await rig.sync({ boundMs: 60_000 })) as object).toMatchObject({ position: { mark: 1 } });
    await rig.clock.advance(1);
    expect(rig.keeper.synced).toHaveLength(2);
    expect((await rig.sync({ boundMs: 60_000 })) as object).toMatchObject({ position });
  });

  it("M4. refills what its readers have asked for since it came, before they ask again", async () => {
    const rig = await read(1);
    const at = rig.keeper.change("k");
    await nudge(rig);
    expect(rig.keeper.filled[1]).toMatchObject({
      ...{ at, boundMs: expect.closeTo(0, 1), priority: "refresh", bearer: null, token: null },
      have: { generation: at.generation, mark: 1 },
    });
    const answer = await rig.filled("k", { at });
    expect(rig.keeper.filled).toHaveLength(2);
    expect(entryOf(answer).text).toBe("k@2");
  });

  it("M4. refills what isolates say that they have read from their own memory", async () => {
    const rig = await read(0);
    await rig.synced({ report: reportOf("k", "unknown") });
    rig.keeper.change("k");
    await nudge(rig);
    expect(rig.keeper.filled.map(({ priority }) => priority)).toEqual(["miss", "refresh"]);
  });

  it("M4. not what nobody has asked for since it came, and no more often than they ask", async () => {
    const rig = await read(0);
    rig.keeper.change("k");
    await nudge(rig);
    expect(rig.keeper.filled).toHaveLength(1);
    const often = await read(2);
    for (let change = 0; change < 5; change++) {
      often.keeper.change("k");
      await nudge(often);
      await often.clock.advance(2 * FRESHNESS_MS);
    }
    expect(often.keeper.filled).toHaveLength(2);
  });

  it("M4, P10. the keeper's “good” re-stamps the body that was presented", async () => {
    const rig = await read(2);
    const at = rig.keeper.change("k");
    rig.keeper.fillAnswer = () => ({ kind: "good", position: at });
    await nudge(rig);
    const answer = await rig.filled("k", { at });
    expect(rig.keeper.filled).toHaveLength(2);
    expect(entryOf(answer)).toMatchObject({ text: "k@1", accepted: true, entry: { mark: at.mark } });
  });

  it("M4, P10. but no other body that has come meanwhile", async () => {
    const rig = await read(2);
    const at = rig.keeper.change("k");
    rig.keeper.fillAnswer = async ({ read: asked, priority }) => {
      await rig.clock.sleep(priority === "miss" ? 1_000 : 2_000);
      return priority === "miss"
        ? rig.keeper.entry(asked, { stored: { mark: 1 } })
        : { kind: "good", position: at };
    };
    // Of a reader whom the mirror cannot judge, with another body of the same mark.
    const other = rig.fill("k", { at: { generation: "other", mark: 0 } });
    await nudge(rig);
    expect(rig.keeper.filled).toHaveLength(3);
    await rig.clock.advance(5_000);
    expect((await other).kind).toBe("entry");
    rig.keeper.fillAnswer = null;
    await rig.filled("k", { at, boundMs: 0 });
    expect(rig.keeper.filled).toHaveLength(4);
  });

  it("M4, P14. what still counts by its age is refilled when that ends: one origin request a bound, not one a change", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    for (let time = 0; time < 3; time++) await rig.filled("k");
    for (let change = 0; change < 10; change++) {
      rig.keeper.change("k");
      await nudge(rig);
    }
    expect(rig.keeper.filled).toHaveLength(1);
    await rig.clock.advance(FRESHNESS_MS);
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("M4. one nudged sync at a time, at least half a bound apart, and the last nudge is not lost", async () => {
    const rig = await read(0);
    for (let change = 0; change < 49; change++) {
      rig.keeper.change("k");
      await rig.mirror.nudge(rig.keeper.position);
      await rig.clock.advance(FRESHNESS_MS / 100);
    }
    expect(rig.keeper.synced).toHaveLength(2);
    await rig.clock.advance(FRESHNESS_MS / 2);
    expect(rig.keeper.synced).toHaveLength(3);
    expect((await rig.sync({ boundMs: 60_000 })) as object).toMatchObject({ position: rig.keeper.position });
  });

  it("M4. refills within a budget, and none of what is read strictly", async () => {
    const rig = await read(2, { refillsPerMinute: 0 });
    rig.keeper.change("k");
    await nudge(rig);
    const strict = await read(2, {
      tables: new Map([["public.articles", { freshnessMs: 0, ttlMs: 3_600_000 }]]),
    });
    strict.keeper.change("k");
    await nudge(strict);
    expect([rig, strict].map(({ keeper }) => keeper.filled.length)).toEqual([1, 1]);
  });

  it("M4. a cold mirror, and one that knows already, leave a nudge alone", async () => {
    const cold = new MirrorRig();
    await cold.mirror.nudge({ generation: "g1", mark: 5 });
    await cold.clock.advance(1_000);
    expect(cold.keeper.synced).toHaveLength(0);
    const rig = await read(0);
    await nudge(rig);
    expect(rig.keeper.synced).toHaveLength(1);
  });

  it("M4. refills as well what an isolate's own sync has told of, and leaves the nudge that comes after it alone", async () => {
    const rig = await read(2);
    const at = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    await nudge(rig);
    expect(rig.keeper.synced).toHaveLength(2);
    expect(rig.keeper.filled).toHaveLength(2);
    expect(rig.keeper.filled[1]).toMatchObject({ at, priority: "refresh" });
  });

  it("M4. a mirror that no isolate asks any more names itself to the keeper no longer, so it is nudged no longer", async () => {
    const rig = await read(0);
    await rig.synced({ mirror: "weur-0" });
    expect(rig.keeper.synced.at(-1)?.mirror).toBe("weur-0");
    rig.keeper.change("k");
    await nudge(rig);
    expect(rig.keeper.synced.at(-1)?.mirror).toBe("weur-0");
    await rig.clock.advance(60_000);
    rig.keeper.change("k");
    await nudge(rig);
    expect(rig.keeper.synced).toHaveLength(4);
    expect(rig.keeper.synced.at(-1)?.mirror).toBeUndefined();
  });

  it("M4. a nudged sync that fails is dropped", async () => {
    const rig = await read(2);
    rig.keeper.change("k");
    rig.keeper.isFailing = true;
    await nudge(rig);
    rig.keeper.isFailing = false;
    expect(rig.keeper.filled).toHaveLength(1);
    await rig.clock.advance(FRESHNESS_MS);
    await nudge(rig);
    expect(rig.keeper.filled).toHaveLength(2);
  });
});
