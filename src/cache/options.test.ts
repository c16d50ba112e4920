import { describe, expect, test } from "vitest";
import { key } from "./core.ts";
import { kvTier } from "./core-tiers.ts";
import { type CacheOptions, createCache } from "./create.ts";
import { createCache as createCoreCache } from "./create-core.ts";
import type { CacheError } from "./entry/errors.ts";
import { counter, laboratory } from "./testing/laboratory.ts";

/** As JavaScript, or a spread of something, would have it: the types refuse most of these. */
const wrong = (options: object) => options as never;

/** What a mistake is answered with: the error's code and message. */
async function said(mistake: () => unknown): Promise<string> {
  try {
    await mistake();
  } catch (error) {
    const { name, code, message } = error as CacheError;
    return `${name} ${code}: ${message}`;
  }
  return "nothing";
}

const LONG = 300_000;
const { load } = counter();

describe("a number of seconds that only milliseconds can have been meant by", () => {
  test.each(["ttl", "staleWhileRevalidate", "staleIfError", "negativeTtl", "softTimeout", "hardTimeout"])(
    "is refused as %s of a call, a kind and a cache",
    async (name) => {
      const { isolate } = laboratory();
      const expected = `CacheError invalid-option: ${name}: 300000 is not a duration like 10 (seconds, at most a day), "250ms" or "7d"`;
      const options = wrong({ [name]: LONG });
      const { again, cache } = isolate();
      expect(await said(() => cache.getOrSet("k", load, options))).toBe(expected);
      expect(await said(() => again({ kinds: { k: options } }).getOrSet("k:1", load))).toBe(expected);
      expect(await said(() => createCache(options))).toBe(expected);
      expect(await said(() => createCoreCache(options))).toBe(expected);
    },
  );

  test("is refused for memory and as freshness, too", async () => {
    const store = laboratory().store;
    expect(await said(() => createCache({ store, memory: { ttl: LONG } }))).toMatch(/memory\.ttl: 300000 /);
    const { clock } = laboratory();
    const fence = { clock } as unknown as NonNullable<CacheOptions["fence"]>;
    expect(await said(() => createCache({ fence, freshness: LONG }))).toMatch(/freshness: 300000 /);
  });

  test.each([86_400, 3_600, "300000s", "300000ms", "30d"])("is none of %s", async (ttl) => {
    const { cache } = laboratory().isolate();
    expect(await cache.set("k", "v", { ttl })).toBe(true);
  });

  test("may be computed: what ends far away ends far away", async () => {
    const { isolate, clock } = laboratory();
    const { cache } = isolate();
    await cache.set("k", { expires_in: LONG }, { ttl: ({ expires_in }) => expires_in });
    await clock.advance((LONG - 1) * 1_000);
    expect(await cache.has("k")).toBe(true);
    await clock.advance(1_000);
    expect(await cache.has("k")).toBe(false);
  });
});

describe("an option that does not exist is refused", () => {
  const { cache, again } = laboratory().isolate();
  const { store } = laboratory();
  test.each<[string, string, () => unknown]>([
    ["of a cache", "tll", () => createCache(wrong({ tll: "5m" }))],
    ["of a core cache", "kv", () => createCoreCache(wrong({ kv: {} }))],
    ["of a cache, though a call has it", "validate", () => createCache(wrong({ validate: {} }))],
    ["of a kind", "tll", () => again({ kinds: { user: wrong({ tll: "5m" }) } }).get("user:1")],
    ["of a read", "expires", () => cache.getOrSet("k", load, wrong({ expires: 5 }))],
    ["of a read, though a kind has it", "private", () => cache.getOrSet("k", load, wrong({ private: true }))],
    ["of a read, which is a text", "0", () => cache.getOrSet("k", load, "5m" as never)],
    ["of a read in the core", "tags", () => createCoreCache().set("k", 1, wrong({ tags: ["t"] }))],
    [
      "of a read in the core, computed",
      "tags",
      () => createCoreCache().set("k", 1, wrong({ tags: () => [] })),
    ],
    ["of a look", "schema", () => cache.get("k", wrong({ schema: {}, ttl: "5m" }))],
    ["of many reads", "expires", () => cache.getMany(["k"], () => ({}), wrong({ expires: 5 }))],
    ["of a write", "invalidate", () => cache.write("k", () => 1, wrong({ invalidate: {} }))],
    [
      "of what a write invalidates",
      "tag",
      () => cache.write("k", () => 1, { invalidates: wrong({ tag: ["t"] }) }),
    ],
    ["of memory", "max", () => createCache({ store, memory: wrong({ max: 5 }) })],
    ["of warming", "workers", () => cache.warm([], wrong({ workers: 5 }))],
    ["of a list", "count", () => cache.listKeys(wrong({ count: 5 }))],
  ])("%s", async (_, name, mistake) => {
    expect(await said(mistake)).toBe(`CacheError invalid-option: ${name}: no such option here`);
  });

  test("before anything is written", async () => {
    let writes = 0;
    await said(() => cache.write("k", () => ++writes, wrong({ invalidate: {} })));
    expect(writes).toBe(0);
  });

  test("and one that is undefined is none", async () => {
    const { isolate, clock } = laboratory();
    const kept = isolate({ ttl: "60s" }).cache;
    await kept.set("k", "v", wrong({ ttl: undefined, tags: undefined, softTimeout: undefined }));
    await clock.advance(59_999);
    expect(await kept.has("k")).toBe(true);
  });
});

describe("tags that are a text, which would be taken for a list of its letters, are refused", () => {
  const { cache } = laboratory().isolate();
  test.each<[string, () => unknown]>([
    ["in a read", () => cache.getOrSet("k", load, wrong({ tags: "users" }))],
    ["by a function", () => cache.getOrSet("k", load, wrong({ tags: () => "users" }))],
    ["of a cache", () => createCache(wrong({ tags: "users" })).getOrSet("k", load)],
    ["in a write", () => cache.write("k", () => 1, { invalidates: wrong({ tags: "users" }) })],
  ])("%s", async (_, mistake) => {
    expect(await said(mistake)).toBe('CacheError invalid-option: tags: it takes a list: ["users"]');
  });
});

describe("a binding that is not there is refused, and not taken for a cache without one", () => {
  test.each<[string, () => unknown]>([
    ["kv", () => createCache(wrong({ kv: undefined }))],
    ["kv", () => createCache(wrong({ kv: null }))],
    ["kv", () => kvTier(undefined as never)],
    ["store", () => createCache(wrong({ store: undefined }))],
    ["fence", () => createCache(wrong({ fence: undefined }))],
  ])("%s", async (name, mistake) => {
    expect(await said(mistake)).toMatch(
      new RegExp(`^CacheError invalid-option: ${name}: (undefined|null); is it in wrangler\\.jsonc\\?$`),
    );
  });
});

describe("a key that is no text is refused", () => {
  const { cache } = laboratory().isolate();
  const many = () => new Map<string, number>();
  for (const one of [cache, cache.namespace("inner")])
    test.each<[string, (wrongKey: never) => unknown]>([
      ["getOrSet", (k) => one.getOrSet(k, load)],
      ["lookup", (k) => one.lookup(k, load)],
      ["get", (k) => one.get(k)],
      ["has", (k) => one.has(k)],
      ["set", (k) => one.set(k, 1)],
      ["delete", (k) => one.delete(k)],
      ["delete of several", (k) => one.delete([k])],
      ["getMany", (k) => one.getMany([k], many)],
      ["revalidate", (k) => one.revalidate(k, load)],
      ["write", (k) => one.write(k, () => 1)],
      ["invalidateTags", (k) => one.invalidateTags([k])],
      [
        "warm",
        async (k) => {
          const { errors } = await one.warm([{ key: k, load }]);
          throw errors[0]?.error;
        },
      ],
    ])("%s", async (_, mistake) => {
      expect(await said(() => mistake(5 as never))).toBe('CacheError invalid-key: 5 is no text; write "5"');
    });

  test("with the words that make it one", async () => {
    expect(await cache.set(key`${5}`, "five")).toBe(true);
    expect(await cache.get("5")).toBe("five");
  });
});

test.each(["", ":"])(
  "an empty prefix (%j) forgets nothing, and says what would forget everything",
  async (prefix) => {
    const { cache } = laboratory().isolate();
    await cache.set("k", "kept");
    const expected = "CacheError invalid-key: an empty prefix is everything, which is forget()";
    expect(await said(() => cache.deletePrefix(prefix))).toBe(expected);
    expect(await said(() => cache.write("w", () => 1, { invalidates: { prefixes: [prefix] } }))).toBe(
      expected,
    );
    expect(await cache.get("k")).toBe("kept");
  },
);
