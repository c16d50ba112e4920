import { expect, test } from "vitest";
import { settle, VirtualClock } from "../runtime/virtual-clock.ts";
import { createCache as createCore, storeTier } from "./core.ts";
import { createCache } from "./create.ts";
import { memoryStore } from "./stores/memory-store.ts";
import type { Store } from "./stores/store.ts";
import { counter, gate } from "./testing/laboratory.ts";

// The full cache is built on the core, so its tests cover the core, too. These test the differences.

function world() {
  const clock = new VirtualClock();
  const store = memoryStore(clock);
  const work: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  /** Another isolate: memory is shared by the identity of the store. */
  const isolate = (own: Store = { ...store }) => createCore({ tier: storeTier(own), clock, ctx, jitter: 0 });
  return { clock, store, ctx, isolate };
}

test("it reads through memory and a store, and fills the first from the second", async () => {
  const { isolate } = world();
  const { load, calls } = counter();
  const first = isolate();
  expect(await first.getOrSet("k", load)).toBe("v1");
  expect(await first.lookup("k", load)).toMatchObject({ value: "v1", status: "hit", tier: "memory" });
  const second = isolate();
  expect(await second.lookup("k", load)).toMatchObject({ value: "v1", status: "hit", tier: "store" });
  expect(await second.lookup("k", load)).toMatchObject({ value: "v1", status: "hit", tier: "memory" });
  expect(calls()).toBe(1);
});

test("caches over the same tier share memory, and a tier is the same for the same store and name", async () => {
  const { clock, store } = world();
  const { load, calls } = counter();
  const cache = () => createCore({ tier: storeTier(store), clock });
  await cache().getOrSet("k", load);
  expect(await cache().lookup("k", load)).toMatchObject({ tier: "memory" });
  const other = createCore({ tier: storeTier(store, "other"), clock });
  expect(await other.lookup("k", load)).toMatchObject({ status: "miss" });
  expect(calls()).toBe(2);
});

test("I2. a deletion during a load: the old value is neither stored nor served afterwards", async () => {
  const { isolate, store } = world();
  const cache = isolate();
  const { load, open } = gate<string>();
  const reading = cache.getOrSet("k", load);
  await settle();
  await cache.delete("k");
  open("old");
  expect(await reading).toBe("old");
  expect(await cache.get("k")).toBeUndefined();
  expect(await store.list?.("", { limit: 10 })).toMatchObject({ keys: [] });
});

test("a value deleted by another isolate is gone once memory asks the store again", async () => {
  const { isolate, clock } = world();
  const one = isolate();
  const two = isolate();
  await one.set("k", "v");
  expect(await two.get("k")).toBe("v");
  await one.delete("k");
  expect(await two.get("k")).toBe("v");
  await clock.advance(10_000);
  expect(await two.get("k")).toBeUndefined();
});

test("stale-while-revalidate and stale-if-error", async () => {
  const { clock, isolate } = world();
  const cache = isolate();
  const { load } = counter();
  const options = { ttl: "10s", staleWhileRevalidate: "10s", staleIfError: "1h" };
  await cache.getOrSet("k", load, options);
  await clock.advance(11_000);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v1", status: "stale" });
  await clock.advance(1);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v2", status: "hit" });
  await clock.advance(60_000);
  const broken = () => Promise.reject(new Error("down"));
  expect(await cache.lookup("k", broken, options)).toMatchObject({ value: "v2", reason: "if-error" });
});

test("over one store the core and the full cache do not use each other's entries", async () => {
  const { clock, store, ctx, isolate } = world();
  const { load } = counter();
  const full = (own: Store = { ...store }) => createCache({ store: own, clock, ctx });
  await full().getOrSet("user:1", load, { tags: ["users"] });
  // The core would not know if the tag was invalidated.
  expect(await isolate().get("user:1")).toBeUndefined();
  await isolate().set("user:2", "core's");
  expect(await full().get("user:2")).toBeUndefined();
});
