import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { gate, laboratory } from "../testing/laboratory.ts";

test("revalidating loads again and replaces, with one write", async () => {
  const { store, ...rest } = laboratory();
  void rest;
  const writes: string[] = [];
  const counted = {
    ...store,
    put: async (...args: Parameters<typeof store.put>) => {
      writes.push("put");
      await store.put(...args);
    },
    delete: async (key: string) => {
      writes.push("delete");
      await store.delete(key);
    },
  };
  const { isolate, background } = laboratory(counted);
  const { cache } = isolate();
  await cache.set("k", "old");
  writes.length = 0;
  expect(await cache.revalidate("k", () => "new")).toMatchObject({ value: "new", status: "miss" });
  await background();
  expect(writes).toEqual(["put"]);
  expect(await cache.get("k")).toBe("new");
  expect(await isolate().cache.get("k")).toBe("new");
});

test("I2. an earlier load is superseded: readers wait for the new one", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  const [before, after] = [gate<string>(), gate<string>()];
  const early = cache.getOrSet("k", before.load);
  await settle();
  const revalidating = cache.revalidate("k", after.load);
  const late = cache.getOrSet("k", () => expect.fail("one is on its way"));
  await settle();
  after.open("new");
  before.open("old");
  expect(await Promise.all([early, late])).toEqual(["old", "new"]);
  await revalidating;
  await background();
  expect(await cache.get("k")).toBe("new");
  expect(await isolate().cache.get("k")).toBe("new");
});

test("revalidating works as an isolate's first call", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.revalidate("a:b", () => "new", { tags: ["t"] });
  await background();
  expect(await cache.lookup("a:b", () => "loaded")).toMatchObject({ value: "new", tier: "memory" });
  expect(await isolate().cache.get("a:b")).toBe("new");
});

test("a key that no longer exists or cannot be loaded is deleted", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  await cache.set("gone", "old");
  await cache.set("failing", "old");
  await cache.revalidate("gone", () => undefined);
  const failing = () => {
    throw new Error("down");
  };
  await expect(cache.revalidate("failing", failing)).rejects.toThrow("down");
  await background();
  for (const reader of [cache, isolate().cache]) {
    expect([await reader.get("gone"), await reader.get("failing")]).toEqual([undefined, undefined]);
  }
});
