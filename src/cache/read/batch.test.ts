import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { memoryStore } from "../stores/memory-store.ts";
import type { Store } from "../stores/store.ts";
import { gate, laboratory } from "../testing/laboratory.ts";

const rows = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, `row ${key}`]));

test("one bulk read for a hundred keys, and one load for all missing ones", async () => {
  const bulk: number[] = [];
  const plain = memoryStore();
  const store: Store = {
    ...plain,
    getMany: async (keys) => {
      bulk.push(keys.length);
      return (await plain.getMany?.(keys)) ?? new Map();
    },
  };
  const { isolate, background } = laboratory(store);
  const keys = Array.from({ length: 250 }, (_, n) => `k${n}`);
  const writer = isolate().cache;
  for (const key of keys.slice(0, 100)) await writer.set(key, "stored");
  await background();

  const { cache } = isolate();
  const loads: (readonly string[])[] = [];
  const found = await cache.getMany(keys, (missing) => {
    loads.push(missing);
    return rows(missing);
  });
  await background();
  expect([...found.keys()]).toEqual(keys);
  expect(found.get("k0")).toBe("stored");
  expect(found.get("k249")).toBe("row k249");
  expect(loads).toEqual([keys.slice(100)]);
  expect(bulk.filter((size) => size > 1)).toEqual([100, 100, 50]);

  expect(await cache.getMany(keys, () => expect.fail("all are in memory"))).toEqual(found);
});

test("keys that the load leaves out do not exist", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  const first = await cache.getMany<string>(["a", "b"], () => new Map([["a", "row a"]]), {
    negativeTtl: "60s",
  });
  expect(first).toEqual(
    new Map([
      ["a", "row a"],
      ["b", undefined],
    ]),
  );
  await background();
  expect(await cache.getMany<string>(["a", "b"], () => expect.fail("both are known"))).toEqual(first);
});

test("a key may have the name of a property that every object has", async () => {
  const { isolate } = laboratory();
  const found = await isolate().cache.getMany<string>(["constructor"], () => ({}));
  expect(found.get("constructor")).toBeUndefined();
});

test("I3. overlapping batches load each key once, and do not deadlock", async () => {
  const { isolate } = laboratory();
  const { cache, again } = isolate();
  const loaded: string[] = [];
  const doors = gate<void>();
  const load = async (missing: readonly string[]) => {
    loaded.push(...missing);
    await doors.load();
    return rows(missing);
  };
  const one = cache.getMany(["a", "b", "c"], load);
  const two = again().getMany(["c", "d", "a"], load);
  await settle();
  const single = again().getOrSet("b", () => expect.fail("the batch loads it"));
  await settle();
  doors.open();
  doors.open();
  expect([...(await one).values()]).toEqual(["row a", "row b", "row c"]);
  expect([...(await two).values()]).toEqual(["row c", "row d", "row a"]);
  expect(await single).toBe("row b");
  expect(loaded.sort()).toEqual(["a", "b", "c", "d"]);
});

test("I10. a batch that fails blocks no key: callers that waited load for themselves", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const slow = gate<Record<string, string>>();
  const failing = expect(cache.getMany(["a", "b"], slow.load)).rejects.toThrow("down");
  const other = cache.getMany(["b"], rows);
  await settle();
  slow.fail(new Error("down"));
  await failing;
  expect((await other).get("b")).toBe("row b");
});

test("stale values are served, and one load refreshes them all", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const options = { ttl: "60s", staleWhileRevalidate: "1h" };
  await cache.getMany(["a", "b"], rows, options);
  await background();
  await clock.advance(61_000);
  const loads: (readonly string[])[] = [];
  const load = (missing: readonly string[]) => {
    loads.push(missing);
    return { a: "new", b: "new" };
  };
  expect([...(await cache.getMany<string>(["a", "b"], load, options)).values()]).toEqual(["row a", "row b"]);
  await background();
  expect(loads).toEqual([["a", "b"]]);
  expect([...(await cache.getMany<string>(["a", "b"], load, options)).values()]).toEqual(["new", "new"]);
});

test("I2. a deletion while a batch loads: that key is not stored, the others are", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  const slow = gate<Record<string, string>>();
  const reading = cache.getMany(["a", "b"], slow.load);
  await settle();
  await cache.delete("a");
  slow.open({ a: "old", b: "kept" });
  await reading;
  await background();
  expect([await cache.get("a"), await cache.get("b")]).toEqual([undefined, "kept"]);
  expect([await isolate().cache.get("a"), await isolate().cache.get("b")]).toEqual([undefined, "kept"]);
});
