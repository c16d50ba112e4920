import { expect, test } from "vitest";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { createCache } from "../create.ts";
import { KvDouble } from "../testing/kv-double.ts";

function world() {
  const clock = new VirtualClock();
  const kv = new KvDouble(clock);
  const work: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  const isolate = (centre: string) => {
    const binding = kv.binding(centre);
    return { binding, cache: createCache({ kv: binding, clock, ctx, jitter: 0, ttl: "1h" }) };
  };
  const background = async () => {
    await clock.advance(5_000); // time to retry writes that KV refused
    while (work.length > 0) await work.shift();
  };
  return { clock, kv, isolate, background };
}

test("I11. invalidating ten thousand keys by prefix, tag or namespace takes a few operations", async () => {
  const { clock, isolate, background } = world();
  const writers = Array.from({ length: 25 }, () => isolate("fra"));
  for (const [index, { cache }] of writers.entries()) {
    const place = cache.namespace("n");
    for (let n = 0; n < 400; n++) await place.set(`user:${index * 400 + n}`, n, { tags: ["users"] });
    await background();
  }
  for (const way of ["prefix", "tag", "namespace"]) {
    const { binding, cache } = isolate("fra");
    const place = cache.namespace("n");
    if (way === "prefix") await place.deletePrefix("user");
    if (way === "tag") await place.invalidateTags("users");
    if (way === "namespace") await place.forget();
    expect(binding.operations).toBeLessThanOrEqual(4);
  }
  await clock.advance(1_000);
  const reader = isolate("fra").cache.namespace("n");
  for (const n of [0, 4_999, 9_999]) expect(await reader.has(`user:${n}`)).toBe(false);
});

test("other isolates see an invalidation at most ten seconds after KV shows it", async () => {
  const { clock, isolate, background } = world();
  const [frankfurt, tokyo] = [isolate("fra").cache, isolate("nrt").cache];
  for (const cache of [frankfurt, tokyo]) await cache.getOrSet("k", () => "old", { tags: ["t"] });
  await background();
  await frankfurt.invalidateTags("t");
  let seenAfter = 0;
  while ((await tokyo.get("k")) === "old") {
    seenAfter += 1_000;
    await clock.advance(1_000);
  }
  // A minute for KV, half a minute for a data centre's cache, and our ten seconds.
  expect(seenAfter).toBeLessThanOrEqual(60_000 + 30_000 + 10_000);
});

test("a key that is set twice within a second gets the second value, though KV refuses it at first", async () => {
  const { clock, isolate, background } = world();
  const { cache } = isolate("fra");
  expect(await cache.set("k", "first")).toBe(true);
  const second = cache.set("k", "second");
  await clock.advance(1_100);
  expect(await second).toBe(true);
  await background();
  expect(await isolate("fra").cache.get("k")).toBe("second");
});

test("a value that is superseded while KV refuses it is not written later", async () => {
  const { clock, isolate, background, kv } = world();
  const { cache } = isolate("fra");
  await cache.set("k", 1);
  const [second, third] = [cache.set("k", 2), cache.set("k", 3)];
  await clock.advance(5_000);
  expect([await second, await third]).toEqual([false, true]);
  await background();
  expect(await isolate("fra").cache.get("k")).toBe(3);
  expect(kv.writes).toBe(2);
});

test("a key deleted right after it was written is deleted, though KV refuses it at first", async () => {
  const { clock, isolate, background } = world();
  const { cache } = isolate("fra");
  await cache.set("k", "v");
  const deleting = cache.delete("k");
  await clock.advance(1_100);
  await deleting;
  await background();
  expect(await isolate("fra").cache.get("k")).toBeUndefined();
});

test("warming and many keys stay within an invocation's operations", async () => {
  const { isolate, background } = world();
  const { binding, cache } = isolate("fra");
  const items = Array.from({ length: 2_000 }, (_, n) => ({ key: `k:${n}`, load: () => n }));
  expect(await cache.warm(items.values())).toMatchObject({ loaded: 450, failed: 0, exhausted: false });
  await background();
  expect(binding.operations).toBeLessThanOrEqual(910);
  const other = isolate("fra");
  const keys = Array.from({ length: 450 }, (_, n) => `k:${n}`);
  await other.cache.getMany<number>(keys, () => expect.fail("all are stored"));
  expect(other.binding.operations).toBeLessThanOrEqual(10);
});
