import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { laboratory } from "../testing/laboratory.ts";
import type { WarmItem, WarmProgress } from "./warm.ts";

const item = (n: number): WarmItem => ({ key: `k:${n}`, load: () => n });

test("warming loads what no tier has, and reports its progress", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  await cache.set("k:0", "present");
  const seen: WarmProgress[] = [];
  const failing: WarmItem = {
    key: "bad",
    load: () => {
      throw new Error("down");
    },
  };
  const result = await cache.warm([item(0), item(1), failing, item(2)], {
    onProgress: (now) => seen.push(now),
  });
  expect(result).toMatchObject({ loaded: 2, present: 1, failed: 1, exhausted: true });
  expect(result.errors).toEqual([{ key: "bad", error: new Error("down") }]);
  expect(seen).toHaveLength(4);
  expect(seen.at(-1)).toEqual({ loaded: 2, present: 1, failed: 1 });
  expect([await cache.get("k:0"), await cache.get("k:2")]).toEqual(["present", 2]);
});

test("no more concurrent items than configured", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  let running = 0;
  let most = 0;
  const slow = (n: number): WarmItem => ({
    key: `k:${n}`,
    load: async () => {
      most = Math.max(most, ++running);
      await settle();
      running--;
      return n;
    },
  });
  await cache.warm(
    Array.from({ length: 20 }, (_, n) => slow(n)),
    { concurrency: 3 },
  );
  expect(most).toBe(3);
});

test("I11. items beyond one invocation's operations are left in the source for the next one", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  async function* source() {
    for (let n = 0; n < 10; n++) yield item(n);
  }
  const items = source();
  expect(await cache.warm(items, { limit: 6 })).toMatchObject({ loaded: 6, exhausted: false });
  expect(await cache.warm(items, { limit: 6 })).toMatchObject({ loaded: 4, exhausted: true });
  expect(cache.stats().loads).toBe(10);
});
