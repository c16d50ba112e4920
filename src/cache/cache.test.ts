import { expect, test } from "vitest";
import { CacheError } from "./entry/errors.ts";
import { counter, gate, laboratory } from "./testing/laboratory.ts";

test("a miss loads, fills both tiers, and is a hit afterwards: memory here, the store elsewhere", async () => {
  const { isolate, background } = laboratory();
  const here = isolate();
  const { load, calls } = counter();
  expect(await here.cache.lookup("k", load)).toMatchObject({ value: "v1", status: "miss", tier: "source" });
  expect(await here.cache.lookup("k", load)).toMatchObject({ value: "v1", status: "hit", tier: "memory" });
  await background();
  const elsewhere = isolate();
  expect(await elsewhere.cache.lookup("k", load)).toMatchObject({
    value: "v1",
    status: "hit",
    tier: "store",
  });
  expect(await elsewhere.cache.lookup("k", load)).toMatchObject({
    value: "v1",
    status: "hit",
    tier: "memory",
  });
  expect(calls()).toBe(1);
  expect(here.trace).toEqual(["miss absent k", "load k", "set k", "hit memory k"]);
  expect(elsewhere.trace).toEqual(["hit store k", "hit memory k"]);
});

test.each([[null], [0], [false], [""], [[]], [{}]])("%j is a value, not a miss", async (value) => {
  const { isolate, background } = laboratory();
  const here = isolate();
  let calls = 0;
  const load = () => {
    calls++;
    return value;
  };
  await here.cache.getOrSet("k", load);
  await background();
  for (const { cache } of [here, isolate()]) {
    expect(await cache.getOrSet("k", load)).toEqual(value);
    expect(await cache.get("k")).toEqual(value);
    expect(await cache.has("k")).toBe(true);
  }
  expect(calls).toBe(1);
});

test("undefined means that the value does not exist, and is kept only with a negativeTtl", async () => {
  const { isolate, clock, background } = laboratory();
  const here = isolate();
  let calls = 0;
  const load = async () => {
    calls++;
    return undefined;
  };
  await here.cache.getOrSet("k", load);
  await here.cache.getOrSet("k", load);
  expect(calls).toBe(2);
  await here.cache.getOrSet("k", load, { negativeTtl: "10s" });
  await background();
  for (const { cache } of [here, isolate()]) {
    expect(await cache.lookup("k", load)).toMatchObject({ value: undefined, status: "hit" });
    expect(await cache.has("k")).toBe(false);
  }
  expect(calls).toBe(3);
  await clock.advance(10_000);
  await here.cache.getOrSet("k", load);
  expect(calls).toBe(4);
});

test("I1. an entry expires with its time to live, counted from the start of its load", async () => {
  const { isolate, clock } = laboratory();
  const { cache } = isolate();
  const slow = gate<string>();
  const reading = cache.getOrSet("k", slow.load, { ttl: "10s" });
  await clock.advance(4_000);
  slow.open("old");
  expect(await reading).toBe("old");
  await clock.advance(5_999);
  expect(await cache.get("k")).toBe("old");
  await clock.advance(1);
  expect(await cache.get("k")).toBeUndefined();
});

test("without a keeper, a deletion made elsewhere is seen once memory is ten seconds old", async () => {
  const { isolate, clock, background } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  await here.cache.getOrSet("k", () => "old");
  await background();
  await elsewhere.cache.delete("k");
  await clock.advance(9_999);
  expect(await here.cache.getOrSet("k", () => "new")).toBe("old");
  await clock.advance(1);
  expect(await here.cache.getOrSet("k", () => "new")).toBe("new");
});

test("no caller can change what others share", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const loaded = { rows: [{ id: 2 }, { id: 1 }] };
  const first = await cache.getOrSet("k", () => loaded);
  expect(() => first.rows.sort((a, b) => a.id - b.id)).toThrow(TypeError);
  loaded.rows.push({ id: 3 });
  expect(await cache.getOrSet("k", () => loaded)).toEqual({ rows: [{ id: 2 }, { id: 1 }] });
});

test("the caller that loads sees what later readers will", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const load = () => ({ at: new Date(0), none: undefined }) as unknown;
  const first = await cache.getOrSet("k", load);
  expect(first).toStrictEqual({ at: "1970-01-01T00:00:00.000Z" });
  expect(await cache.getOrSet("k", load)).toStrictEqual(first);
});

test.each([
  ["a Map", new Map([["a", 1]])],
  ["a Response", new Response("body")],
  ["bytes", new Uint8Array(3)],
  ["a BigInt", { n: 1n }],
  ["a function", () => 1],
])("the caller gets %s, which is not stored because JSON would lose it", async (_, value) => {
  const { isolate } = laboratory();
  const { cache, trace } = isolate();
  expect(await cache.getOrSet<unknown>("k", () => value)).toBe(value);
  expect(trace).toContain("refuse not-serializable k");
  expect(await cache.has("k")).toBe(false);
});

test("neither a value over the cap nor one without a time to live is stored", async () => {
  const { isolate } = laboratory();
  const { cache, trace } = isolate({ maxValueLength: 10 });
  expect(await cache.getOrSet("k", () => "more than ten characters")).toBe("more than ten characters");
  expect(trace).toContain("refuse too-large k");
  await cache.getOrSet("z", () => "v", { ttl: 0 });
  expect(await cache.has("k")).toBe(false);
  expect(await cache.has("z")).toBe(false);
});

test("nothing is kept for longer than thirty days, and an event reports a shortened lifetime", async () => {
  const { isolate, clock } = laboratory();
  const { cache, trace } = isolate();
  await cache.set("k", "v", { ttl: "400d", staleWhileRevalidate: "400d" });
  expect(trace).toContain("lifetime-capped k");
  await clock.advance(30 * 86_400_000);
  expect(await cache.get("k")).toBeUndefined();
  await expect(cache.set("k", "v", { ttl: Number.POSITIVE_INFINITY })).rejects.toMatchObject({
    code: "invalid-option",
  });
});

test("jitter shortens times to live, so that entries filled together do not end together", async () => {
  const { isolate, clock } = laboratory();
  const { cache } = isolate({ jitter: 0.5, random: () => 1 });
  await cache.set("k", "v", { ttl: "60s" });
  await clock.advance(29_999);
  expect(await cache.has("k")).toBe(true);
  await clock.advance(1);
  expect(await cache.has("k")).toBe(false);
});

test("a time to live can be derived from the value", async () => {
  const { isolate, clock } = laboratory();
  const { cache } = isolate();
  const options = { ttl: (value: { keep: number }) => value.keep };
  await cache.getOrSet("short", () => ({ keep: 5 }), options);
  await cache.getOrSet("long", () => ({ keep: 50 }), options);
  await clock.advance(6_000);
  expect([await cache.has("short"), await cache.has("long")]).toEqual([false, true]);
});

test("validate: a loaded value must pass", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  await expect(
    cache.getOrSet<number>("k", () => "x" as unknown as number, { validate: positive }),
  ).rejects.toMatchObject({ code: "invalid-value" });
  expect(await cache.getOrSet("k", () => 1, { validate: positive })).toBe(1);
});

test("validate: a stored value that does not pass is treated as absent", async () => {
  const { isolate, background } = laboratory();
  await isolate().cache.getOrSet<number>("k", () => -1);
  await background();
  const { cache, trace } = isolate();
  expect(await cache.getOrSet("k", () => 1, { validate: positive })).toBe(1);
  expect(trace).toContain("miss invalid k");
});

test("validate: a value set without a schema is checked before a reader with a schema gets it", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  await cache.set("good", 2);
  await cache.set("bad", -2);
  expect(await cache.lookup("good", () => 1, { validate: positive })).toMatchObject({
    value: 2,
    tier: "memory",
  });
  expect(await cache.lookup("bad", () => 1, { validate: positive })).toMatchObject({
    value: 1,
    status: "miss",
  });
  // An inline schema is a new object each time, and still reads from memory.
  expect(await cache.lookup("good", () => 1, { validate: { ...positive } })).toMatchObject({
    tier: "memory",
  });
});

test("a clock that is set back does not make entries live longer", async () => {
  const { isolate, clock } = laboratory();
  const { cache } = isolate();
  await cache.set("k", "v", { ttl: "60s" });
  clock.step(-3_600_000);
  expect(await cache.get("k")).toBeUndefined();
});

test("stats count from the last reset", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const { load } = counter();
  await cache.getOrSet("k", load);
  await background();
  for (let n = 0; n < 3; n++) await cache.getOrSet("k", load);
  expect(cache.stats()).toMatchObject({
    hits: { memory: 3, store: 0 },
    misses: 1,
    loads: 1,
    sets: 1,
    hitRatio: 0.75,
    memory: { entries: 1 },
  });
  await clock.advance(1_000);
  cache.resetStats();
  expect(cache.stats()).toMatchObject({ hits: { memory: 0 }, misses: 0, hitRatio: 0, since: clock.now() });
});

test("a reporter that throws does not fail a read", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate({
    onEvent: () => {
      throw new Error("reporter");
    },
  });
  expect(await cache.getOrSet("k", () => 1)).toBe(1);
});

test("no timer outlives its purpose", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  await Promise.all([cache.getOrSet("k", () => 1), cache.getOrSet("k", () => 1)]);
  await background();
  expect(clock.sleeping).toBe(0);
});

test("errors have stable codes", () => {
  expect(new CacheError("invalid-key", "x")).toMatchObject({ name: "CacheError", code: "invalid-key" });
});

const positive = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof value === "number" && value > 0 ? { value } : { issues: [{ message: "not a positive number" }] },
  },
} as const;
