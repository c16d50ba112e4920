import { describe, expect, it } from "vitest";
import { bucketOf, keyName } from "../../../keeper/protocol/names.ts";
import { readOf } from "../../../keeper/testing/fixtures.ts";
import { A, how, R0, R1 } from "../../testing/bench.ts";
import { auditAfterEach, bench, start } from "../../testing/node-bench.ts";
import { mayKvHave } from "./kv-worth.ts";

auditAfterEach();

const OTHER = readOf("other", R1);

/** Both keys, in KV for long; what is put shows at once, and the keeper refills what a change has touched. Clocks agree, as a fill tells its moment by the keeper's. */
async function settled(isolates = 1) {
  const { world } = start({ reads: [A, OTHER], isolates: isolates + 2, keeperOffset: 0 });
  const last = isolates + 1;
  for (const read of [A, OTHER]) {
    // Wanted by two, hence worth a write.
    await bench.read({}, isolates, read);
    await bench.read({}, last, read);
  }
  await bench.pass(200_000);
  return world;
}

/** What a read costs, by where it looks. */
async function costOf(number = 0, read = A) {
  const isolate = bench.isolate(number);
  const [kv, fills] = [isolate.kvReads, isolate.calls.fill.length];
  const answer = await bench.read({ boundMs: 1_000 }, number, read);
  return {
    how: how(answer),
    kv: isolate.kvReads - kv,
    fills: isolate.calls.fill.length - fills,
    shown: answer.shown,
  };
}

/** This isolate hears of a change, and time passes. */
async function changed(ageMs: number): Promise<void> {
  await costOf(0, OTHER);
  await bench.change();
  await bench.pass(2_000);
  await costOf(0, OTHER);
  await bench.pass(ageMs);
  await costOf(0, OTHER);
}

describe("a look in KV, for an answer that a change has refused", () => {
  it("I1. is left out if the change is recent: the keeper is asked at once", async () => {
    await settled();
    await costOf();
    await bench.pass(100_000);
    await changed(0);
    expect(await costOf()).toMatchObject({ how: "keeper", kv: 0, fills: 1, shown: { [R0]: 1 } });
  });

  it("I1. is made if the change is a minute old", async () => {
    await settled();
    await costOf();
    await bench.pass(100_000);
    await changed(61_000);
    expect(await costOf()).toMatchObject({ how: "kv", kv: 1, fills: 0, shown: { [R0]: 1 } });
  });

  it("I1. is made if the isolate has rested, and cannot tell how old the change is", async () => {
    await settled();
    await costOf();
    await bench.change();
    await bench.pass(100_000);
    await costOf(0, OTHER);
    expect(await costOf()).toMatchObject({ how: "kv", kv: 1, fills: 0, shown: { [R0]: 1 } });
  });

  it("I1. is left out for a key that memory does not have either, if its own name was raised", async () => {
    await settled();
    await changed(0);
    expect(await costOf()).toMatchObject({ how: "keeper", kv: 0, fills: 1, shown: { [R0]: 1 } });
  });
});

describe("a look in KV, for a key that nothing is known of", () => {
  it("I1. is made by a new isolate, and finds what others have left", async () => {
    await settled();
    expect(await costOf()).toMatchObject({ how: "kv", kv: 1, fills: 0 });
  });

  it("I1. is made by a new isolate right after a change, too: the first sync tells of all changes that ever were", async () => {
    await settled(2);
    await bench.change();
    await costOf(1, OTHER);
    expect(await costOf(0)).toMatchObject({ how: "kv", kv: 1, fills: 0, shown: { [R0]: 1 } });
  });

  it("I1. is made by an isolate that has heard of changes of other keys only", async () => {
    await settled();
    await costOf(0, OTHER);
    await bench.change(R1);
    await bench.pass(2_000);
    await costOf(0, OTHER);
    expect(await costOf()).toMatchObject({ how: "kv", kv: 1, fills: 0 });
  });
});

describe("whether KV may have an answer", () => {
  const KEY = A.key;
  const MINUTE = 60_000;
  const NOW = 10 * MINUTE;
  /** A fence in which these buckets were raised so long ago. */
  const fence = (raised: readonly number[], agoMs: number) => ({
    generation: "g1",
    isRaisedSince: (buckets: readonly number[], moment: number) =>
      NOW - agoMs > moment && buckets.some((bucket) => raised.includes(bucket)),
  });
  const held = (agoMs: number, generation = "g1") => ({ generation, filledAt: NOW - agoMs, buckets: [1, 2] });
  const own = bucketOf(keyName(KEY));

  for (const [what, known, raised, agoMs, isNear, may] of [
    ["nothing known, nothing raised", [], [], 0, false, true],
    ["nothing known, near", [], [], 0, true, true],
    ["nothing known, its name raised just now", [], [own], 0, false, false],
    ["nothing known, its name raised a minute ago", [], [own], MINUTE, false, true],
    ["nothing known, another name raised", [], [own + 1], 0, false, true],
    ["an old answer, its relation raised just now", [held(5 * MINUTE)], [2], 0, false, false],
    ["an old answer, its relation raised a minute ago", [held(5 * MINUTE)], [2], MINUTE, false, true],
    ["an old answer, nothing raised", [held(5 * MINUTE)], [], 0, false, true],
    ["an old answer, near", [held(5 * MINUTE)], [], 0, true, false],
    ["an answer of the last minute", [held(MINUTE - 1)], [], 0, false, false],
    ["an answer of a minute ago", [held(MINUTE)], [], 0, false, true],
    ["two answers, one of the last minute", [held(5 * MINUTE), held(1)], [], 0, false, false],
    ["an answer of another generation", [held(1, "g0")], [1], 0, true, true],
  ] as const) {
    it(`${may ? "yes" : "no"}: ${what}`, () => {
      expect(mayKvHave(KEY, known, { start: NOW, fence: fence(raised, agoMs), isNear })).toBe(may);
    });
  }
});
