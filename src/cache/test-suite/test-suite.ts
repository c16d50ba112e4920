// Package export "tidemark/test-suite": what a store must do to serve a cache. It works with any test framework:
//
//   for (const { name, run } of storeCases) test(name, () => run(myStore()));
//   for (const { name, run } of cacheCases) test(name, () => run(myStore()));
//
// Each case throws an Error that says what was expected. Cases use their own keys, so they can share a store.

import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Cache } from "../cache.ts";
import { createCache } from "../create.ts";
import type { Store } from "../stores/store.ts";
import { chaosStore, randomFrom } from "./chaos-store.ts";

export { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
export { type ChaosOptions, chaosStore } from "./chaos-store.ts";

/** One case that a store, or a cache over it, must pass: a name, and a function that throws if it fails. */
export interface StoreCase {
  readonly name: string;
  /** Rejects with an Error when the store does not do what the name says. */
  run(store: Store): Promise<void>;
}

const MINUTES = 300;

/** What every `Store` must do. */
export const storeCases: readonly StoreCase[] = [
  {
    name: "a key that was never put has no value",
    run: async (store) => expectEqual((await store.get(fresh("absent"))) ?? undefined, undefined),
  },
  {
    name: "what was put is got, character for character",
    run: async (store) => {
      const texts = [
        "",
        "plain",
        "two\nlines\r\n\ttab",
        "ünï😀\u0000\u2028",
        `{"a":"b\\n"}`,
        "x".repeat(100_000),
      ];
      for (const [index, text] of texts.entries()) {
        const key = fresh(`text-${index}`);
        await store.put(key, text, MINUTES);
        expectEqual(await store.get(key), text);
      }
    },
  },
  {
    name: "the last put of a key counts",
    run: async (store) => {
      const key = fresh("overwritten");
      await store.put(key, "one", MINUTES);
      await store.put(key, "two", MINUTES);
      expectEqual(await store.get(key), "two");
    },
  },
  {
    name: "a deleted key has no value, and deleting an absent one is no error",
    run: async (store) => {
      const key = fresh("deleted");
      await store.put(key, "v", MINUTES);
      await store.delete(key);
      await store.delete(key);
      expectEqual((await store.get(key)) ?? undefined, undefined);
    },
  },
  {
    name: "keys are told apart by every character, up to 512 bytes",
    run: async (store) => {
      const base = fresh("apart");
      const fill = "x".repeat(511 - new TextEncoder().encode(`${base}:`).length);
      const endings = [
        "",
        ":",
        ":a",
        ":A",
        "/a",
        "/./a",
        "%3A",
        " ",
        "a b",
        "\u00e4",
        "a\u0308",
        "#",
        "?q",
        "\\",
        fill,
        `${fill}y`,
      ];
      for (const [index, ending] of endings.entries())
        await store.put(`${base}:${ending}`, String(index), MINUTES);
      for (const [index, ending] of endings.entries()) {
        expectEqual(await store.get(`${base}:${ending}`), String(index), `of key ${JSON.stringify(ending)}`);
      }
    },
  },
  {
    name: "a hundred keys are read at once; absent ones are null or missing",
    run: async (store) => {
      if (store.getMany === undefined) return;
      const base = fresh("many");
      const keys = Array.from({ length: 100 }, (_, n) => `${base}:${n}`);
      for (const [index, key] of keys.entries())
        if (index % 2 === 0) await store.put(key, `v${index}`, MINUTES);
      const found = await store.getMany(keys);
      for (const [index, key] of keys.entries()) {
        expectEqual(found.get(key) ?? undefined, index % 2 === 0 ? `v${index}` : undefined);
      }
    },
  },
  {
    name: "a listing gives each key of a prefix once, in pages of at most the limit",
    run: async (store) => {
      if (store.list === undefined) return;
      const base = fresh("list");
      const keys = Array.from({ length: 25 }, (_, n) => `${base}:${String(n).padStart(2, "0")}`);
      for (const key of keys) await store.put(key, "v", MINUTES);
      await store.put(`${base}-other`, "v", MINUTES);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < 100; pages++) {
        const page = await store.list(`${base}:`, { limit: 10, cursor });
        if (page.keys.length > 10) throw new Error(`a page of ${page.keys.length} keys, at a limit of 10`);
        seen.push(...page.keys);
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      expectEqual(seen.sort().join(), keys.join());
    },
  },
];

/** What a cache over the store must do even on the store's worst day: these cases wrap it in `chaosStore`. */
export const cacheCases: readonly StoreCase[] = [
  ...[1, 2, 3, 4, 5].map((seed) => ({
    name: `I9. reads do not fail and never get another key's value, whatever the store does (seed ${seed})`,
    run: async (store: Store) => {
      const { cache, settled } = over(chaosStore(store, { seed }));
      const random = randomFrom(seed);
      for (let step = 0; step < 200; step++) {
        const key = `k${Math.floor(random() * 5)}`;
        if (random() < 0.2) await cache.delete(key).catch(invalidationFailed);
        const value = await cache.getOrSet(key, () => ({ key, step }), { tags: ["all"] });
        expectEqual(value.key, key);
      }
      await settled();
    },
  })),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((seed) => ({
    name: `I2. in an isolate, nothing older than its last invalidation is served (seed ${seed})`,
    run: async (store: Store) => {
      const { cache, clock, settled } = over(chaosStore(store, { seed, lateWrites: 0.3 }));
      const random = randomFrom(seed * 7919);
      const keys = ["a:1", "a:2", "b:1"];
      let version = 0;
      const least = new Map<string, number>(keys.map((key) => [key, 0]));
      const readers: Promise<void>[] = [];
      const raise = (matching: (key: string) => boolean, to: number) => {
        for (const key of keys) if (matching(key)) least.set(key, to);
      };
      for (let step = 0; step < 300; step++) {
        const key = keys[Math.floor(random() * keys.length)] ?? "a:1";
        const choice = random();
        if (choice < 0.6) {
          const atLeast = least.get(key) ?? 0;
          const read = cache.getOrSet(
            key,
            async () => {
              const seen = version;
              for (let turns = Math.floor(random() * 10); turns > 0; turns--) await Promise.resolve();
              return seen;
            },
            { ttl: "1h", tags: ["all"] },
          );
          readers.push(
            read.then((seen) => {
              if (seen < atLeast)
                throw new Error(`${key} was version ${seen} after version ${atLeast} was announced`);
            }),
          );
        } else if (choice < 0.9) {
          // The source changes first; then the change is announced. The isolate knows at once, whatever the store does.
          const now = ++version;
          let told: Promise<unknown>;
          if (choice < 0.7) told = cache.delete(key);
          else if (choice < 0.75) told = cache.set(key, now, { ttl: "1h", tags: ["all"] });
          else if (choice < 0.8) told = cache.deletePrefix("a");
          else if (choice < 0.85) told = cache.invalidateTags("all");
          else told = cache.forget();
          const one = choice < 0.75;
          raise((other) => (one ? other === key : choice >= 0.8 || other.startsWith("a")), now);
          readers.push(told.then(() => {}, invalidationFailed));
        } else {
          await clock.advance(Math.floor(random() * 20_000));
        }
        for (let turns = Math.floor(random() * 5); turns > 0; turns--) await Promise.resolve();
      }
      await clock.advance(60_000);
      await Promise.all(readers);
      await settled();
    },
  })),
  {
    name: "I1. elsewhere nothing is served after its time to live, whatever the store does",
    run: async (store) => {
      const name = fresh("bound");
      const writer = over(chaosStore(store, { seed: 11 }), name);
      const reader = over(chaosStore(store, { seed: 12 }), name, writer.clock);
      const { clock } = writer;
      for (let step = 0; step < 200; step++) {
        const now = clock.now();
        await writer.cache.getOrSet("k", () => clock.now(), { ttl: "10s" });
        const seen = await reader.cache.getOrSet("k", () => clock.now(), { ttl: "10s" });
        if (now - seen >= 10_000) throw new Error(`served at the age of ${now - seen} ms`);
        await clock.advance(1_700);
      }
      await Promise.all([writer.settled(), reader.settled()]);
    },
  },
];

function over(store: Store, name = fresh("cache"), clock = new VirtualClock()) {
  const work: Promise<unknown>[] = [];
  const cache: Cache = createCache({
    store,
    name,
    clock,
    jitter: 0,
    ctx: { waitUntil: (promise) => void work.push(promise) },
  });
  const settled = async () => {
    await settle();
    await clock.advance(60_000);
    await Promise.all(work);
  };
  return { cache, clock, settled };
}

/** The only error that an invalidation may end with. The isolate has forgotten the value even then. */
function invalidationFailed(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "invalidation-failed") return;
  throw error;
}

let cases = 0;
let run: string | undefined;
function fresh(what: string): string {
  run ??= crypto.randomUUID().slice(0, 8); // on first use: workerd has no randomness while a script starts up
  return `conformance-${run}-${++cases}-${what}`;
}

function expectEqual<T>(actual: T, expected: T, what = ""): void {
  if (actual !== expected) {
    throw new Error(`expected ${JSON.stringify(expected)}, not ${JSON.stringify(actual)} ${what}`);
  }
}
