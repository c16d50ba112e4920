import { describe, expect, it } from "vitest";
import type { Position } from "../keeper/protocol/position.ts";
import type { SyncAnswer } from "../keeper/protocol/sync.ts";
import { BucketFence, type Marked } from "./bucket-fence.ts";

type Synced = Extract<SyncAnswer, { kind: "synced" }>;

function answer(
  generation: string,
  mark: number,
  raised: Record<number, number>,
  more: Partial<Synced> = {},
): Synced {
  return {
    kind: "synced",
    pull: "none",
    position: { generation, mark },
    full: true,
    buckets: Uint16Array.from(Object.keys(raised).map(Number)),
    marks: Float64Array.from(Object.values(raised)),
    floor: 0,
    purgedAt: 0,
    age: 0,
    proven: false,
    mode: "on",
    modeSetAt: 0,
    ...more,
  };
}

function held(generation: string, mark: number, ...buckets: number[]): Marked {
  return { generation, mark, buckets };
}

function merged(...steps: [Position | null, Synced, number][]): BucketFence {
  let fence: BucketFence | null = null;
  for (const [since, synced, startedAt] of steps) fence = BucketFence.merge(fence, since, synced, startedAt);
  if (!fence) throw new Error("no fence");
  return fence;
}

const at = (generation: string, mark: number): Position => ({ generation, mark });

describe("a fence", () => {
  it("I1. is proven as of the call's start minus the answer's age (P2)", () => {
    expect(merged([null, answer("g", 1, {}, { age: 300 }), 1_000]).asOf).toBe(700);
  });

  it("I2. accepts what was not invalidated under any of its names, of its own generation, above the floor", () => {
    const fence = merged([null, answer("g", 9, { 1: 5, 2: 9 }, { floor: 3 }), 0]);
    expect(fence.accepts(held("g", 5, 0, 1))).toBe(true);
    expect(fence.accepts(held("g", 4, 0, 1))).toBe(false);
    expect(fence.accepts(held("g", 8, 1, 2))).toBe(false);
    expect(fence.accepts(held("g", 2, 0))).toBe(false);
    expect(fence.accepts(held("other", 9, 0))).toBe(false);
  });

  it("I2. accepts answers out of order: element by element, the maximum wins (P6)", () => {
    const full = answer("g", 1, { 1: 1 });
    const [later, earlier] = [answer("g", 7, { 1: 7 }, { full: false }), answer("g", 4, { 1: 4, 2: 3 }, { full: false })]; // biome-ignore format: one line
    const fence = merged([null, full, 0], [at("g", 1), later, 50], [at("g", 1), earlier, 40]);
    expect(fence.mark).toBe(7);
    expect(fence.asOf).toBe(50);
    expect(fence.accepts(held("g", 6, 1))).toBe(false);
    expect(fence.accepts(held("g", 2, 2))).toBe(false);
  });

  it("I2. drops an answer of another generation that is not younger, and any delta of one (P6)", () => {
    const base: [null, Synced, number] = [null, answer("g", 5, {}), 100];
    expect(merged(base, [null, answer("h", 1, {}), 100]).generation).toBe("g");
    expect(merged(base, [at("h", 1), answer("h", 2, {}, { full: false }), 200]).generation).toBe("g");
    const next = merged(base, [at("g", 5), answer("h", 1, { 1: 1 }), 101]);
    expect(next.position).toEqual(at("h", 1));
    expect(next.accepts(held("g", 5, 0))).toBe(false);
  });

  it("I2. drops a delta that was asked for from another generation (P6)", () => {
    const delta = answer("g", 9, {}, { full: false });
    const fence = merged([null, answer("g", 1, {}), 0], [at("h", 8), delta, 50]);
    expect(fence.position).toEqual(at("g", 1));
    expect(fence.asOf).toBe(0);
  });

  it("I2. drops a delta since a mark that it has not reached itself: it would lack what lies between", () => {
    const delta = answer("g", 12, {}, { full: false });
    // From g at mark 10 to h, then back to g by an instance superseded at mark 8; then the delta arrives.
    const fence = merged(
      [null, answer("g", 10, { 1: 9 }), 0],
      [null, answer("h", 1, {}), 10],
      [null, answer("g", 8, {}), 20],
      [at("g", 10), delta, 30],
    );
    expect(fence.accepts(held("g", 8, 1)) && fence.asOf >= 30).toBe(false);
  });
});

describe("when a mark was raised, as far as a fence knows", () => {
  const MINUTE = 60_000;
  /** Every second a sync that raises this bucket, if it is of such a second. */
  function synced(seconds: number, raisedAt: Readonly<Record<number, number>>): BucketFence {
    const steps: [Position | null, Synced, number][] = [[null, answer("g", 1, { 1: 1 }), 0]];
    for (let second = 1; second <= seconds; second++) {
      const bucket = raisedAt[second];
      const raised = bucket === undefined ? {} : { [bucket]: second + 1 };
      steps.push([at("g", second), answer("g", second + 1, raised, { full: false }), second * 1_000]);
    }
    return merged(...steps);
  }

  it("is not known of what the first answer brought", () => {
    const fence = synced(30, {});
    expect(fence.isRaisedSince([1], -MINUTE)).toBe(false);
    expect(merged([null, answer("g", 9, { 1: 9 }, { floor: 9 }), 0]).isRaisedSince([1], -MINUTE)).toBe(false);
  });

  it("is known of what was raised later: any of the buckets counts, and the floor", () => {
    const fence = synced(30, { 20: 2 });
    expect(fence.isRaisedSince([1, 2], -30_000)).toBe(true);
    expect(fence.isRaisedSince([1, 3], -30_000)).toBe(false);
    const flushed = merged(
      [null, answer("g", 1, {}), 0],
      [at("g", 1), answer("g", 5, {}, { full: false, floor: 5 }), 9_000],
    );
    expect(flushed.isRaisedSince([7], -MINUTE)).toBe(true);
  });

  it("never says later than it was, and by five seconds earlier at most, for a minute", () => {
    const fence = synced(200, { 170: 2 });
    const known = Array.from({ length: 200 }, (_, second) => fence.isRaisedSince([2], second * 1_000));
    expect(known.lastIndexOf(true)).toBeLessThan(170);
    expect(known.lastIndexOf(true)).toBeGreaterThanOrEqual(165);
    expect(synced(200, { 100: 2 }).isRaisedSince([2], 140_000)).toBe(false);
  });

  it("is not known by an isolate that has not asked for a minute", () => {
    const rested = merged(
      [null, answer("g", 1, {}), 0],
      [at("g", 1), answer("g", 5, { 2: 5 }, { full: false }), 100_000],
    );
    expect(rested.isRaisedSince([2], 40_000)).toBe(false);
  });
});
