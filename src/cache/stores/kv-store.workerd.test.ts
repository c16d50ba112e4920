import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createCache } from "../create.ts";
import { cacheCases, storeCases } from "../test-suite/test-suite.ts";
import { kvStore } from "./kv-store.ts";

const kv = (env as { KV: KVNamespace }).KV;

for (const { name, run } of [...storeCases, ...cacheCases]) {
  test(`Workers KV: ${name}`, () => run(kvStore(kv)));
}

test("an entry with a time to live under a minute is stored for a minute, and served for its time to live", async () => {
  let now = Date.now();
  const clock = { now: () => now, sleep: () => new Promise<void>(() => {}), after: () => () => {} };
  const cache = createCache({ kv, name: "short", clock, jitter: 0 });
  expect(await cache.set("k", "v", { ttl: "5s" })).toBe(true);
  now += 5_000;
  expect(await cache.get("k")).toBeUndefined();
  expect(await kv.get("short:e:k")).toContain('"v"');
});

test("keys too long for KV are stored and found, and do not fail", async () => {
  const cache = createCache({ kv, name: "long", memory: false });
  const long = `search:${"ü".repeat(1_000)}`;
  expect(await cache.set(long, 1)).toBe(true);
  expect(await cache.set(`${long}!`, 2)).toBe(true);
  expect([await cache.get(long), await cache.get(`${long}!`)]).toEqual([1, 2]);
});

test("a hundred keys take one bulk read", async () => {
  const cache = createCache({ kv, name: "bulk", memory: false });
  const keys = Array.from({ length: 120 }, (_, n) => `k${n}`);
  await Promise.all(keys.slice(0, 100).map((key) => cache.set(key, key)));
  const loaded: string[] = [];
  const found = await cache.getMany<string>(keys, (missing) => {
    loaded.push(...missing);
    return new Map(missing.map((key) => [key, "loaded"]));
  });
  expect(found.get("k7")).toBe("k7");
  expect(found.get("k119")).toBe("loaded");
  expect(loaded).toHaveLength(20);
});

test("two caches over one binding share the isolate's memory; over different names they do not", async () => {
  const one = createCache({ kv, name: "shared" });
  await one.set("k", "v");
  const again = createCache({ kv: (env as { KV: KVNamespace }).KV, name: "shared" });
  expect(await again.lookup("k", () => "loaded")).toMatchObject({ value: "v", tier: "memory" });
  const other = createCache({ kv, name: "other" });
  expect(await other.lookup("k", () => "loaded")).toMatchObject({ value: "loaded", status: "miss" });
});
