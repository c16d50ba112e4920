import { describe, expect, it } from "vitest";
import type { FillAnswer } from "../keeper/protocol/fill.ts";
import { entryOf } from "../keeper/testing/fixtures.ts";
import { DEADLINES, FRESHNESS_MS, MirrorRig, WAY_MS } from "./testing/rig.ts";

/** A mirror with a copy, and with a body of the key `k`. */
async function warm(): Promise<MirrorRig> {
  const rig = new MirrorRig();
  await rig.synced();
  await rig.filled("k");
  return rig;
}

const DIRECT: FillAnswer = { kind: "direct", reason: "budget" };
describe("a mirror's fills", () => {
  it("M3 (a). gives what its fence accepts, with the fence's mark, proven as of the caller's fence", async () => {
    const rig = await warm();
    const at = rig.keeper.change("another");
    await rig.synced({ boundMs: 0 });
    const answer = await rig.filled("k", { at, boundMs: 0 });
    expect(rig.keeper.filled).toHaveLength(1);
    expect(answer).toMatchObject({
      kind: "entry",
      source: "stored",
      age: null,
      accepted: true,
      sharing: "free",
    });
    expect(entryOf(answer)).toMatchObject({ text: "k@1", entry: { mark: at.mark } });
  });

  it("M3. below the caller's fence, or below its token, it asks the keeper", async () => {
    const rig = await warm();
    const at = rig.keeper.change("another");
    await rig.filled("k", { at });
    expect(rig.keeper.filled).toHaveLength(2);
    const { generation } = at;
    await rig.filled("k", { at: { generation, mark: 1 }, token: at });
    expect(rig.keeper.filled).toHaveLength(3);
    await rig.filled("k", { at: { generation: "another", mark: 0 } });
    await rig.filled("k", { token: { generation: "another", mark: 0 }, at: { generation, mark: 1 } });
    expect(rig.keeper.filled).toHaveLength(5);
  });

  it("M3 (b). gives what was invalidated if it began within the caller's bound, with its age and its own mark", async () => {
    const rig = await warm();
    const at = rig.keeper.change("k");
    await rig.clock.advance(1_000);
    await rig.synced({ boundMs: 0 });
    const answer = await rig.filled("k", { at });
    expect(rig.keeper.filled).toHaveLength(1);
    expect(answer).toMatchObject({ accepted: false, entry: { mark: 1 } });
    // The keeper told no age: the body is as of the start of the mirror's call.
    expect(Math.round(entryOf(answer).age ?? 0)).toBe(1_000 + 4 * WAY_MS);
  });

  it("M3 (b). not to a bound that it does not reach, nor to a token or past a purge that its mark does not", async () => {
    const rig = await warm();
    const at = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    await rig.filled("k", { at, boundMs: 50 });
    expect(rig.keeper.filled).toHaveLength(2);
    const later = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    await rig.filled("k", { at: later, token: later });
    expect(rig.keeper.filled).toHaveLength(3);
    const purged = rig.keeper.purge();
    await rig.synced({ boundMs: 0 });
    await rig.filled("k", { at: purged });
    expect(rig.keeper.filled).toHaveLength(4);
  });

  it("M3. a body that the keeper gave without an age counts by its mark only", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.fillAnswer = ({ read }) => rig.keeper.entry(read, { source: "stored", age: null });
    await rig.filled("k");
    const at = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    await rig.filled("k", { at });
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("M3. the begin of a body is the start of the mirror's call less the age that the keeper told", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.fillAnswer = ({ read }) =>
      rig.keeper.entry(read, { source: "joined", age: 700, stored: { watched: false } });
    const first = entryOf(await rig.filled("k"));
    expect(first.age).toBeCloseTo(700, 1);
    const second = entryOf(await rig.filled("k"));
    expect(rig.keeper.filled).toHaveLength(1);
    expect(second).toMatchObject({ accepted: false });
    expect(Math.round(second.age ?? 0)).toBe(700 + 2 * WAY_MS);
    // What no change is heard of is never proven by a mark.
    await rig.clock.advance(FRESHNESS_MS);
    await rig.filled("k");
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("M3. forwards with the caller's own entry, position and token, and with the bound as of its arrival here", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const { position } = rig.keeper;
    const have = { generation: position.generation, mark: 0 };
    await rig.filled("k", { have, token: position, boundMs: 2_000, priority: "refresh", client: "c9" });
    const [asked] = rig.keeper.filled;
    expect(asked).toMatchObject({ have, at: position, token: position, priority: "refresh", client: "c9" });
    expect(Math.round(asked?.boundMs ?? 0)).toBe(2_000);
  });

  it("M3. a caller waits for a fill under way, and is judged by what lands, by its own arrival", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const crowd = Array.from({ length: 300 }, () => rig.fill("k"));
    await rig.clock.advance(WAY_MS);
    const late = rig.fill("k", { boundMs: 10 });
    const answers = await rig.ended(Promise.all([late, ...crowd]));
    expect(rig.keeper.filled).toHaveLength(1);
    for (const answer of answers) expect(answer).toMatchObject({ kind: "entry", accepted: true });
  });

  it("M3. what landed in vain for a caller is asked for once more, with its own bound", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const first = rig.fill("k");
    await rig.clock.advance(2 * WAY_MS - 1);
    const at = rig.keeper.change("k");
    const second = rig.fill("k", { at, boundMs: 50 });
    await rig.ended(Promise.all([first, second]));
    expect(rig.keeper.filled).toHaveLength(2);
    expect(rig.keeper.filled[1]?.boundMs).toBe(50);
  });

  it("M1. what a caller has waited is not taken off the age that the keeper told: a clock set forward shows the same", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.fillAnswer = () => DIRECT;
    const first = rig.fill("k");
    await rig.clock.advance(WAY_MS);
    const second = rig.fill("k");
    await rig.clock.advance(WAY_MS);
    rig.keeper.fillAnswer = ({ read }) => rig.keeper.entry(read, { source: "joined", age: 80 });
    await rig.ended(first);
    expect(entryOf(await rig.ended(second)).age).toBe(80);
  });

  it.each<FillAnswer>([
    { kind: "good", position: { generation: "g1", mark: 1 } },
    { kind: "refused", reason: "behind" },
    { kind: "failed", reason: "timeout" },
    DIRECT,
  ])("M3. $kind is for the asker alone", async (answer) => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.fillAnswer = () => answer;
    const [one, two] = await rig.ended(Promise.all([rig.fill("k"), rig.fill("k")]));
    expect([one, two]).toEqual([answer, answer]);
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("M3, P10. the keeper's “good” about a caller's entry re-stamps nothing here", async () => {
    const rig = await warm();
    const at = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    rig.keeper.fillAnswer = () => ({ kind: "good", position: at });
    expect(await rig.filled("k", { at, have: at, boundMs: 0 })).toMatchObject({ kind: "good" });
    rig.keeper.fillAnswer = null;
    await rig.filled("k", { at, boundMs: 0 });
    expect(rig.keeper.filled).toHaveLength(3);
  });

  it("M3. it never says “good” itself, and forgets what is older than its time to live", async () => {
    const rig = await warm();
    const { position } = rig.keeper;
    expect(await rig.filled("k", { have: position })).toMatchObject({ kind: "entry", source: "stored" });
    await rig.clock.advance(3_600_000);
    await rig.filled("k");
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("M3. an older body does not replace a newer one, nor one of an earlier generation one of this", async () => {
    const rig = await warm();
    const at = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    await rig.filled("k", { at, boundMs: 0 });
    rig.keeper.fillAnswer = ({ read }) => rig.keeper.entry(read, { stored: { mark: 1 } });
    await rig.filled("k", { at: { generation: "old", mark: 1 } });
    rig.keeper.fillAnswer = ({ read }) => rig.keeper.entry(read, { stored: { mark: 9, generation: "old" } });
    await rig.filled("k", { at: { generation: "old", mark: 1 } });
    expect(entryOf(await rig.filled("k", { at })).text).toBe("k@2");
  });

  it("M1. a mirror whose clock was set back knows no begin any more, and bodies count by their marks", async () => {
    const rig = await warm();
    rig.clock.step(-3_000);
    await rig.synced();
    await rig.filled("k");
    expect(rig.keeper.filled).toHaveLength(1);
    const at = rig.keeper.change("k");
    await rig.synced({ boundMs: 0 });
    await rig.filled("k", { at });
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("M5, I10. a fill of the keeper has a deadline, past which nobody joins it", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.isHanging = true;
    const [one, two] = [rig.fill("k"), rig.fill("k")];
    await rig.clock.advance(DEADLINES.fillMs);
    await expect(one).rejects.toMatchObject({ code: "keeper-late" });
    await rig.clock.advance(DEADLINES.fillMs);
    await expect(two).rejects.toMatchObject({ code: "keeper-late" });
    rig.keeper.isHanging = false;
    expect((await rig.filled("k")).kind).toBe("entry");
    expect(rig.clock.sleeping).toBe(0);
  });

  it("M1. bodies are bounded by bytes, and a cold mirror is nothing worse", async () => {
    const rig = new MirrorRig({ memoryBytes: 6_000 });
    await rig.synced();
    for (const key of ["a", "b", "c", "d", "e", "f"]) await rig.filled(key);
    await rig.filled("a");
    expect(rig.keeper.filled).toHaveLength(7);
    await rig.filled("a");
    expect(rig.keeper.filled).toHaveLength(7);
  });

  it("M7. the keeper hears which keys were read here", async () => {
    const rig = await warm();
    await rig.filled("k");
    await rig.synced({
      report: {
        counts: {
          ...{ hits: 1, stale: 0, misses: 0, signedInHits: 0, bypasses: 0, errors: 0 },
          ...{ originRequests: 0, kvReads: 0, shadowReads: 0, shadowWrong: 0 },
        },
        keysRead: ["other"],
      },
    });
    await rig.synced({ boundMs: 0 });
    expect(rig.keeper.synced.at(-1)?.report?.keysRead).toEqual(["k", "other"]);
  });
});
