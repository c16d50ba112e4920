import { expect, test } from "vitest";
import { counter, laboratory } from "../testing/laboratory.ts";
import type { Store } from "./store.ts";

const down = async () => {
  throw new Error("down");
};
const broken: Store = { get: down, put: down, delete: down, getMany: down };
const never = () => new Promise<never>(() => {});
const hanging: Store = { get: never, put: never, delete: never, getMany: never };

test("I9. without a working store, memory caches and no read fails", async () => {
  const { isolate, clock } = laboratory(broken);
  const { cache, trace } = isolate();
  const { load, calls } = counter();
  const options = { ttl: "60s", tags: ["t"] };
  expect(await cache.lookup("a:b", load, options)).toMatchObject({ value: "v1", status: "miss" });
  expect(await cache.lookup("a:b", load, options)).toMatchObject({
    value: "v1",
    status: "hit",
    tier: "memory",
  });
  await clock.advance(30_000); // by now memory must ask the store again
  expect(await cache.lookup("a:b", load, options)).toMatchObject({
    value: "v1",
    status: "hit",
    tier: "memory",
  });
  expect([...(await cache.getMany(["a:b"], () => expect.fail("in memory"))).values()]).toEqual(["v1"]);
  expect(calls()).toBe(1);
  expect(trace).toContain("store-error get");
  expect(trace).toContain("store-error put");
  expect(await cache.set("k", 1)).toBe(false);
  expect(await cache.get("k")).toBe(1);
});

test("I9. a store that hangs costs a reader two seconds once, and is then skipped for a while", async () => {
  const { isolate, clock } = laboratory(hanging);
  const { cache } = isolate();
  const started = clock.now();
  const reading = cache.getOrSet("k", () => "v");
  await clock.advance(2_000);
  expect(await reading).toBe("v");
  expect(await cache.getOrSet("other", () => "v")).toBe("v");
  expect(clock.now()).toBe(started + 2_000);
});

test("without the memory tier, the store alone caches", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate({ memory: false });
  const { load, calls } = counter();
  await cache.getOrSet("k", load);
  await background();
  expect(await cache.lookup("k", load)).toMatchObject({ value: "v1", status: "hit", tier: "store" });
  expect(calls()).toBe(1);
});

test("without a store, memory alone caches, for the whole time to live", async () => {
  const { clock } = laboratory();
  const { createCache } = await import("../create.ts");
  const cache = createCache({ clock, jitter: 0 });
  const { load } = counter();
  await cache.getOrSet("k", load, { ttl: "1h", tags: ["t"] });
  await clock.advance(3_599_999);
  expect(await cache.get("k")).toBe("v1");
  await cache.invalidateTags("t");
  expect(await cache.get("k")).toBeUndefined();
});

test.each([
  ["torn", (text: string) => text.slice(0, -1)],
  ["torn in its metadata", (text: string) => text.slice(0, 5)],
  ["foreign", () => "hello"],
  ["of a later format", (text: string) => `2${text.slice(1)}`],
  ["empty", () => ""],
])("an entry that is %s is treated as absent", async (_, damage) => {
  const { isolate, store, background } = laboratory();
  await isolate().cache.set("k", 123);
  await background();
  await store.put("tidemark:e:k", damage((await store.get("tidemark:e:k")) ?? ""), 300);
  const { cache } = isolate();
  expect(await cache.lookup("k", () => 4)).toMatchObject({ value: 4, status: "miss" });
});
