import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Store } from "../stores/store.ts";
import { gate, laboratory } from "../testing/laboratory.ts";

test("write-through: the source first, then both tiers", async () => {
  const { isolate, background } = laboratory();
  const { cache, trace } = isolate();
  const order: string[] = [];
  const result = await cache.write("user:1", async () => {
    order.push(`committed, ${trace.filter((line) => line.startsWith("set")).length} sets before`);
    return { id: 1, name: "Ann" };
  });
  expect(result).toEqual({ id: 1, name: "Ann" });
  expect(order).toEqual(["committed, 0 sets before"]);
  await background();
  for (const { cache: reader } of [{ cache }, isolate()]) {
    expect(await reader.get("user:1")).toEqual({ id: 1, name: "Ann" });
  }
});

test("a write that fails is an error, and invalidates the key: it may have been carried out", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.set("k", "old");
  const lost = () => {
    throw new Error("connection lost");
  };
  await expect(cache.write("k", lost)).rejects.toThrow("connection lost");
  await background();
  expect(await cache.get("k")).toBeUndefined();
  expect(await isolate().cache.get("k")).toBeUndefined();
});

test("I9. when the cache fails, the write still succeeds, and the old value is not served here", async () => {
  const { store } = laboratory();
  let broken = false;
  const fail = async () => {
    throw new Error("down");
  };
  const breaking: Store = {
    ...store,
    put: (...args) => (broken ? fail() : store.put(...args)),
    delete: (...args) => (broken ? fail() : store.delete(...args)),
  };
  const { isolate, background, clock } = laboratory(breaking);
  const { cache } = isolate();
  await cache.set("k", "old", { ttl: "60s" });
  broken = true;
  expect(await cache.write("k", () => "new")).toBe("new");
  await background();
  expect(await cache.get("k")).toBe("new");
  // After ten seconds memory asks the store, which still has the old value and must not win.
  await clock.advance(10_000);
  expect(await cache.getOrSet("k", () => "loaded")).toBe("loaded");
  // Elsewhere, the time to live is the bound.
  await clock.advance(50_000);
  expect(await isolate().cache.get("k")).toBeUndefined();
});

test("I2. a load during a write does not bring the old value back", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  const slow = gate<string>();
  const reading = cache.getOrSet("k", slow.load);
  await settle();
  await cache.write("k", () => "new");
  slow.open("old");
  expect(await reading).toBe("old");
  await background();
  expect(await cache.get("k")).toBe("new");
  expect(await isolate().cache.get("k")).toBe("new");
});

test("I2. of two writes that overlap, the one that the source kept is unknown: the key is only invalidated", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  const [one, two] = [gate<string>(), gate<string>()];
  const first = cache.write("k", one.load);
  const second = cache.write("k", two.load);
  two.open("second");
  await second;
  one.open("first");
  await first;
  await background();
  expect(await cache.get("k")).toBeUndefined();
  expect(await isolate().cache.get("k")).toBeUndefined();
});

test("write-around invalidates, and the next reader loads", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.set("k", "old");
  expect(await cache.write("k", () => 1, { around: true })).toBe(1);
  await background();
  expect(await cache.lookup("k", () => "loaded")).toMatchObject({ value: "loaded", status: "miss" });
});

test("a write may say what to cache of its result, and what else to invalidate", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.set("posts:recent", []);
  await cache.set("posts:count", 0);
  await cache.set("feed:1", [], { tags: ["feeds"] });
  await cache.set("author:1:posts", []);
  await cache.write("post:1", () => ({ rows: [{ id: 1 }] }), {
    value: (result) => result.rows[0],
    invalidates: { keys: ["posts:recent", "posts:count"], tags: ["feeds"], prefixes: ["author:1"] },
  });
  await background();
  for (const reader of [cache, isolate().cache]) {
    expect(await reader.get("post:1")).toEqual({ id: 1 });
    for (const gone of ["posts:recent", "posts:count", "feed:1", "author:1:posts"]) {
      expect(await reader.has(gone)).toBe(false);
    }
  }
});

test("a written value may carry the very tag that its write invalidates", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.set("post:2", "old", { tags: ["posts"] });
  await cache.write("post:1", () => "new", { tags: ["posts"], invalidates: { tags: ["posts"] } });
  await background();
  expect([await cache.get("post:1"), await cache.get("post:2")]).toEqual(["new", undefined]);
});

test("a write whose result must not be cached only invalidates", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.set("k", "old");
  await cache.write("k", () => undefined);
  await background();
  expect(await cache.has("k")).toBe(false);
  expect(await isolate().cache.has("k")).toBe(false);
});
