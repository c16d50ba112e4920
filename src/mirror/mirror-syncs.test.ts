import { describe, expect, it } from "vitest";
import { DEADLINES, FRESHNESS_MS, MirrorRig, WAY_MS } from "./testing/rig.ts";

const report = (isolate: string, hits = 1) => ({
  counts: {
    ...{ hits, stale: 0, misses: 0, signedInHits: 0, bypasses: 0, errors: 0 },
    ...{ originRequests: 0, kvReads: 0, shadowReads: 0, shadowWrong: 0 },
  },
  keysRead: [`key of ${isolate}`],
  detailed: {
    ...{ isolate, workerRequests: 2, tables: { "public.articles": { "hit:memory": hits } } },
    ...{ waits: { counts: [1, 0], sumMs: 3 }, waitsBy: { hit: { counts: [1, 0], sumMs: 3 } } },
    proofAges: { counts: [0, 1], sumMs: 4 },
  },
});

describe("a mirror's syncs", () => {
  it("M1. a cold mirror never answers by itself: it asks the keeper first, and tells all that it said", async () => {
    const rig = new MirrorRig();
    rig.keeper.change("k");
    const asked = rig.sync();
    await rig.clock.advance(WAY_MS);
    expect(rig.keeper.synced).toHaveLength(1);
    const answer = await rig.ended(asked);
    expect(answer).toMatchObject({ kind: "synced", full: true, position: rig.keeper.position, floor: 0 });
    expect(answer.kind === "synced" && answer.buckets).toHaveLength(1);
  });

  it("M2. answers from the copy while it is young enough, with the time that has passed as its age", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    await rig.clock.advance(3_000);
    const before = rig.keeper.synced.length;
    const { age, full } = await rig.synced({ since: rig.keeper.position });
    expect(rig.keeper.synced).toHaveLength(before);
    expect(full).toBe(false);
    // The pull began one way after the call; the copy counts from the call's begin.
    expect(Math.round(age)).toBe(3_000 + 2 * WAY_MS);
  });

  it("M2. asks the keeper when the copy is too old for the caller, by half of what the caller allows", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    await rig.clock.advance(FRESHNESS_MS + 1);
    const { age } = await rig.synced();
    expect(rig.keeper.synced.at(-1)?.boundMs).toBe(FRESHNESS_MS / 2);
    expect(age).toBeLessThanOrEqual(FRESHNESS_MS);
  });

  it("M2. syncs behind the answer when half of what the caller allows has passed, and only when asked", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    await rig.clock.advance(60_000);
    expect(rig.keeper.synced).toHaveLength(1);
    await rig.synced();
    await rig.clock.advance(FRESHNESS_MS * 0.6);
    await rig.synced();
    await rig.synced();
    expect(rig.keeper.synced).toHaveLength(3);
  });

  it("M2. a crowd that asks at once costs the keeper one call", async () => {
    const rig = new MirrorRig();
    const crowd = Array.from({ length: 2_000 }, () => rig.sync({ boundMs: 1_000 }));
    await rig.ended(Promise.all(crowd));
    expect(rig.keeper.synced).toHaveLength(1);
  });

  it("M2. a crowd of strict callers costs it three calls, and each answer is younger than its caller's arrival", async () => {
    const rig = new MirrorRig();
    const ages = await rig.ended(
      Promise.all(
        Array.from({ length: 500 }, async () => (await rig.sync({ boundMs: 0 })) as { age: number }),
      ),
    );
    expect(rig.keeper.synced.length).toBeLessThanOrEqual(3);
    expect(Math.max(...ages.map(({ age }) => age))).toBe(0);
  });

  it("M2. a caller waits only for a sync that brings what it needs", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    await rig.clock.advance(6_000);
    // Behind its answer a sync begins that the keeper may answer with an as-of five seconds old.
    await rig.ended(rig.sync({ boundMs: 10_000 }));
    const young = await rig.synced({ boundMs: 100 });
    expect(young.age).toBeLessThanOrEqual(100);
  });

  it("M2, P22. a token of the copy's generation must be reached, and is carried to the keeper", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const token = rig.keeper.change("k");
    const answer = await rig.synced({ token });
    expect(rig.keeper.synced.at(-1)?.token).toEqual(token);
    expect(answer.position).toEqual(token);
  });

  it("M2, P22. with a token of another generation the copy must be younger than the caller's arrival", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const { age } = await rig.synced({ token: { generation: "other", mark: 7 } });
    expect(rig.keeper.synced).toHaveLength(2);
    expect(age).toBe(0);
  });

  it("M2, P22. a token that the keeper has not reached makes a strict read, and costs the keeper one sync", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const { generation } = rig.keeper;
    const { age } = await rig.synced({ token: { generation, mark: 99 } });
    expect(rig.keeper.synced).toHaveLength(2);
    expect(age).toBe(0);
  });

  it("M2. what three syncs do not bring fails, so the caller asks the keeper", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    await rig.clock.advance(FRESHNESS_MS + 1);
    rig.keeper.isLate = true;
    await expect(rig.synced()).rejects.toMatchObject({ code: "cannot-reach" });
    expect(rig.keeper.synced).toHaveLength(4);
  });

  it("M2, P4. to a caller of another generation it answers only after a sync that began after the caller had asked", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.restart("g2");
    const since = rig.keeper.position;
    const answer = await rig.synced({ since });
    expect(answer.position.generation).toBe("g2");
    // The other way round, the mirror is ahead of the caller, and still it asks first.
    const before = rig.keeper.synced.length;
    const full = await rig.synced({ since: { generation: "g1", mark: 9 } });
    expect(rig.keeper.synced).toHaveLength(before + 1);
    expect(full).toMatchObject({ full: true, position: { generation: "g2" } });
  });

  it("M2, P6. a copy behind its caller is no error: the delta is empty", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const { generation } = rig.keeper;
    const answer = await rig.synced({ since: { generation, mark: 40 } });
    expect(answer).toMatchObject({ full: false, position: rig.keeper.position });
    expect(answer.buckets).toHaveLength(0);
  });

  it("M2. what the keeper refuses to a client's budget is told, with its true age", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    await rig.clock.advance(20_000);
    rig.keeper.pull = "refused";
    const answer = await rig.synced({ client: "10.0.0.1" });
    expect(answer.pull).toBe("refused");
    expect(answer.age).toBeGreaterThan(20_000);
    expect(rig.keeper.synced.at(-1)?.client).toBe("10.0.0.1");
  });

  it("M5, I10. its own calls have a deadline, past which nobody joins them", async () => {
    const rig = new MirrorRig();
    rig.keeper.isHanging = true;
    const first = rig.sync();
    const follower = rig.sync();
    await rig.clock.advance(DEADLINES.syncMs);
    await expect(first).rejects.toMatchObject({ code: "keeper-late" });
    await expect(follower).rejects.toMatchObject({ code: "keeper-late" });
    rig.keeper.isHanging = false;
    expect((await rig.synced()).position).toEqual(rig.keeper.position);
    expect(rig.clock.sleeping).toBe(0);
  });

  it("I10. a keeper that fails fails its callers at once, and the next caller asks again", async () => {
    const rig = new MirrorRig();
    rig.keeper.isFailing = true;
    await expect(rig.ended(Promise.all([rig.sync(), rig.sync({ boundMs: 0 })]))).rejects.toThrow("gone");
    rig.keeper.isFailing = false;
    await rig.synced();
  });

  it("M1. a mirror whose clock was set back forgets its copy, and what is under way", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.clock.step(-5_000);
    const { age } = await rig.synced();
    expect(rig.keeper.synced).toHaveLength(2);
    expect(age).toBeLessThanOrEqual(FRESHNESS_MS);
    // Set back while the keeper is asked: its answer has no age any more, and nobody joins that call.
    await rig.clock.advance(60_000);
    const asked = rig.sync();
    await rig.clock.advance(WAY_MS);
    rig.clock.step(-5_000);
    await rig.ended(Promise.all([rig.sync(), asked]));
    expect(rig.keeper.synced).toHaveLength(4);
  });

  it("M1, P16. the mode travels with the mark that it was set at", async () => {
    const rig = new MirrorRig();
    expect((await rig.synced()).mode).toBe("on");
    rig.keeper.mark++;
    rig.keeper.mode = "off";
    rig.keeper.modeSetAt = rig.keeper.mark;
    expect(await rig.synced({ boundMs: 0 })).toMatchObject({ mode: "off", modeSetAt: 2 });
  });

  it("M1. floor and purge travel as the keeper told them", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.purge();
    expect(await rig.synced({ boundMs: 0 })).toMatchObject({ floor: 2, purgedAt: 2 });
  });

  it("M7. a cached delta is of the copy's mark and of the caller's, and no age is cached", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const since = rig.keeper.position;
    rig.keeper.change("a");
    const one = await rig.synced({ since, boundMs: 0 });
    await rig.clock.advance(500);
    const two = await rig.synced({ since });
    expect(two.buckets).toBe(one.buckets);
    expect(two.age).toBeGreaterThan(one.age);
    expect((await rig.synced({ since: one.position })).buckets).toHaveLength(0);
    rig.keeper.change("b");
    expect((await rig.synced({ since, boundMs: 0 })).buckets).toHaveLength(2);
  });

  it("M7. reports of isolates are summed, and go with the mirror's own next sync", async () => {
    const rig = new MirrorRig();
    await rig.synced({ report: report("a"), mirror: "weur-0" });
    await rig.synced({ report: report("b", 5) });
    await rig.synced({ boundMs: 0 });
    const [first, second] = rig.keeper.synced;
    expect(first).toMatchObject({ report: null, mirror: "weur-0" });
    expect(second?.mirror).toBe("weur-0");
    expect(second?.report).toMatchObject({ counts: { hits: 6 }, keysRead: ["key of a", "key of b"] });
    expect(second?.report?.detailed).toEqual({
      ...{ isolate: "a", isolates: ["b"], workerRequests: 4 },
      tables: { "public.articles": { "hit:memory": 6 } },
      waits: { counts: [2, 0], sumMs: 6 },
      waitsBy: { hit: { counts: [2, 0], sumMs: 6 } },
      proofAges: { counts: [0, 2], sumMs: 8 },
    });
  });

  it("M7. no report is lost with a call of the mirror that fails, or counted twice with a caller's that does", async () => {
    const rig = new MirrorRig();
    await rig.synced({ report: report("a") });
    rig.keeper.isFailing = true;
    await expect(rig.synced({ boundMs: 0, report: report("b", 100) })).rejects.toThrow("gone");
    rig.keeper.isFailing = false;
    await rig.synced({ boundMs: 0 });
    expect(rig.keeper.synced.at(-1)?.report).toMatchObject({ counts: { hits: 1 } });
  });

  it("P4. callers of another configuration are refused", async () => {
    const rig = new MirrorRig();
    expect(await rig.sync({ configHash: "other" })).toEqual({ kind: "refused", reason: "configuration" });
    expect(rig.keeper.synced).toHaveLength(0);
  });
});
