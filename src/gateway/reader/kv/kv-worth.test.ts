import { describe, expect, it } from "vitest";
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

describe("a look in KV, in place of an answer that a change has refused", () => {
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

  it("I9. is made by an isolate that has just heard of a change, too: if the origin fails, an older answer serves", async () => {
    await settled();
    bench.weather.mishaps.add("origin-fails");
    await changed(0);
    const before = bench.isolate().kvReads;
    const answer = await bench.read({ boundMs: 1_000, staleIfErrorMs: 3_600_000 });
    expect([how(answer), bench.isolate().kvReads - before]).toEqual(["stale-if-error", 1]);
  });
});

describe("whether KV may have an answer", () => {
  const MINUTE = 60_000;
  const NOW = 100 * MINUTE;
  const read = (staleIfErrorMs = 0) => ({ start: NOW, boundMs: 10_000, staleIfErrorMs });
  /** A fence in which this bucket was raised so long ago. */
  const fence = (raised: number, agoMs = 0) => ({
    generation: "g1",
    isRaisedSince: (buckets: readonly number[], moment: number) =>
      NOW - agoMs > moment && buckets.includes(raised),
  });
  /** Filled so long ago, and not proven since. */
  const held = (agoMs: number, generation = "g1") => {
    const at = NOW - agoMs;
    return { generation, filledAt: at, provenAt: at, buckets: [1, 2] };
  };
  const [far, near, none, relation] = [false, true, -1, 2];

  for (const [what, known, circumstances, may] of [
    ["nothing known, far", [], { read: read(), fence: fence(relation), isNear: far }, true],
    ["nothing known, near", [], { read: read(), fence: fence(relation), isNear: near }, true],
    ["raised just now", [held(5 * MINUTE)], { read: read(), fence: fence(relation), isNear: far }, false],
    [
      "raised a minute ago",
      [held(5 * MINUTE)],
      { read: read(), fence: fence(relation, MINUTE), isNear: far },
      true,
    ],
    ["nothing raised", [held(5 * MINUTE)], { read: read(), fence: fence(none), isNear: far }, true],
    ["nothing raised, near", [held(5 * MINUTE)], { read: read(), fence: fence(none), isNear: near }, false],
    ["of the last minute", [held(MINUTE - 1)], { read: read(), fence: fence(none), isNear: far }, false],
    ["of a minute ago", [held(MINUTE)], { read: read(), fence: fence(none), isNear: far }, true],
    [
      "two, one of the last minute",
      [held(5 * MINUTE), held(1)],
      { read: read(), fence: fence(none), isNear: far },
      false,
    ],
    ["of another generation", [held(1, "g0")], { read: read(), fence: fence(relation), isNear: near }, true],
    [
      "raised, and at hand if the origin fails",
      [held(5 * MINUTE)],
      { read: read(5 * MINUTE), fence: fence(relation), isNear: far },
      false,
    ],
    [
      "raised, and too old if the origin fails",
      [held(5 * MINUTE)],
      { read: read(MINUTE), fence: fence(relation), isNear: far },
      true,
    ],
    ["the same, near", [held(5 * MINUTE)], { read: read(MINUTE), fence: fence(none), isNear: near }, true],
  ] as const) {
    it(`${may ? "yes" : "no"}: ${what}`, () => {
      expect(mayKvHave(known, circumstances)).toBe(may);
    });
  }
});
