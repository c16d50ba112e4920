import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { key } from "../entry/keys.ts";
import type { Store } from "../stores/store.ts";
import { counter, gate, laboratory } from "../testing/laboratory.ts";

/** After this, another isolate asks the store again for entries and tag versions. */
const LEARNED_MS = 10_000;

test("a tag invalidates all its entries, here at once and elsewhere when tag versions are read again", async () => {
  const { isolate, clock, background } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  for (const { cache } of [here, elsewhere]) {
    await cache.getOrSet("a", () => "old", { tags: ["red", "round"] });
    await cache.getOrSet("b", () => "old", { tags: ["red"] });
    await cache.getOrSet("c", () => "kept", { tags: ["blue"] });
  }
  await background();
  await here.cache.invalidateTags("red");
  expect(await Promise.all(["a", "b", "c"].map((one) => here.cache.get(one)))).toEqual([
    undefined,
    undefined,
    "kept",
  ]);
  await clock.advance(LEARNED_MS);
  await background();
  expect(await Promise.all(["a", "b", "c"].map((one) => elsewhere.cache.get(one)))).toEqual([
    undefined,
    undefined,
    "kept",
  ]);
});

test("tags that are derived from the value also invalidate", async () => {
  const { isolate, background, clock } = laboratory();
  const { cache } = isolate();
  const options = { tags: (article: { author: string }) => [key`author:${article.author}`] };
  await cache.getOrSet("article:1", () => ({ author: "ann" }), options);
  await cache.getOrSet("article:2", () => ({ author: "bob" }), options);
  await background();
  await cache.invalidateTags("author:ann");
  expect([await cache.has("article:1"), await cache.has("article:2")]).toEqual([false, true]);
  await background();
  await clock.advance(LEARNED_MS);
  expect([await isolate().cache.has("article:1"), await isolate().cache.has("article:2")]).toEqual([
    false,
    true,
  ]);
});

test("I2. a tag invalidated during the load that reveals it: the value is not stored", async () => {
  const { isolate } = laboratory();
  const { cache, trace } = isolate();
  const slow = gate<string>();
  const reading = cache.getOrSet("k", slow.load, { tags: (value) => [value] });
  await settle();
  await cache.invalidateTags("t");
  slow.open("t");
  expect(await reading).toBe("t");
  expect(trace).toContain("refuse invalidated-meanwhile k");
});

test("I2. the same when another isolate invalidated it before: this cannot be told from one during the load", async () => {
  const { isolate } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  const slow = gate<string>();
  const reading = here.cache.getOrSet("k", slow.load, { tags: (value) => [value] });
  await settle();
  await elsewhere.cache.invalidateTags("t");
  slow.open("t");
  await reading;
  expect(here.trace).toContain("refuse cannot-prove k");
});

test("a value that was loaded before its tag was invalidated elsewhere is refused wherever it ends up", async () => {
  const { isolate, background, clock } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  const slow = gate<string>();
  const reading = here.cache.getOrSet("k", slow.load, { tags: ["t"] });
  await settle();
  await elsewhere.cache.invalidateTags("t");
  slow.open("old");
  await reading;
  await background(); // puts the old value into the store, after the invalidation
  expect(await elsewhere.cache.get("k")).toBeUndefined();
  expect(await isolate().cache.get("k")).toBeUndefined();
  await clock.advance(LEARNED_MS);
  expect(await here.cache.get("k")).toBeUndefined();
});

test("a prefix matches whole levels: user:1 and what is below it, not user:12", async () => {
  const { isolate, clock, background } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  const keys = ["user:1", "user:1:profile", "user:1:orders:2", "user:12", "user:2:profile", "user"];
  for (const one of keys) await here.cache.set(one, one);
  await background();
  await here.cache.deletePrefix("user:1:");
  await clock.advance(LEARNED_MS);
  for (const { cache } of [here, elsewhere]) {
    const left = [];
    for (const one of keys) if (await cache.has(one)) left.push(one);
    expect(left).toEqual(["user:12", "user:2:profile", "user"]);
  }
});

test("forgetting a namespace forgets everything in it, and nothing else", async () => {
  const { isolate, clock, background } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  const places = (cache: typeof here.cache) => [
    cache,
    cache.namespace("v3"),
    cache.namespace("v3").namespace("tenant:123"),
    cache.namespace("v30"),
  ];
  for (const [index, place] of places(here.cache).entries()) await place.set("k", index);
  expect(await Promise.all(places(elsewhere.cache).map((place) => place.get("k")))).toEqual([0, 1, 2, 3]);
  await here.cache.namespace("v3").forget();
  await background();
  await clock.advance(LEARNED_MS);
  for (const { cache } of [here, elsewhere]) {
    expect(await Promise.all(places(cache).map((place) => place.get("k")))).toEqual([
      0,
      undefined,
      undefined,
      3,
    ]);
  }
  await here.cache.forget();
  expect(await Promise.all(places(here.cache).map((place) => place.has("k")))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test("a namespace has tags of its own", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const [one, two] = [cache.namespace("1"), cache.namespace("2")];
  for (const place of [one, two]) await place.set("k", "v", { tags: ["t"] });
  await one.invalidateTags("t");
  expect([await one.has("k"), await two.has("k")]).toEqual([false, true]);
});

test("I11. ten thousand keys are forgotten with one write, by prefix, tag or namespace", async () => {
  for (const way of ["prefix", "tag", "namespace"]) {
    const { isolate, store, background } = laboratory();
    const { cache } = isolate({ memory: false });
    const place = cache.namespace("n");
    for (let n = 0; n < 10_000; n++) await place.set(`user:${n}`, n, { tags: ["users"] });
    await background();
    const counted = counting(store);
    const { cache: owner } = laboratory(counted.store).isolate();
    if (way === "prefix") await owner.namespace("n").deletePrefix("user");
    if (way === "tag") await owner.namespace("n").invalidateTags("users");
    if (way === "namespace") await owner.namespace("n").forget();
    expect(counted.operations()).toBeLessThanOrEqual(3);
    const fresh = isolate().cache.namespace("n");
    for (const n of [0, 5_000, 9_999]) expect(await fresh.has(`user:${n}`)).toBe(false);
  }
});

test("tag versions grow even if an isolate's clock runs behind", async () => {
  const { isolate, store, background } = laboratory();
  await store.put("tidemark:s:tt", String(Date.UTC(2030, 0, 1)), 1_000);
  const { cache } = isolate();
  const { load } = counter();
  await cache.getOrSet("k", load, { tags: ["t"] });
  await background();
  await cache.invalidateTags("t");
  expect(Number(await store.get("tidemark:s:tt"))).toBe(Date.UTC(2030, 0, 1) + 1);
  expect(await isolate().cache.get("k")).toBeUndefined();
});

test("a store that lags behind does not undo this isolate's invalidation", async () => {
  const { isolate, store, clock } = laboratory();
  const { cache } = isolate();
  await cache.set("k", "old", { tags: ["t"] });
  await cache.invalidateTags("t");
  await store.delete("tidemark:s:tt"); // as KV may show it elsewhere
  await clock.advance(LEARNED_MS);
  expect(await cache.get("k")).toBeUndefined();
});

test("an invalidation that the store refuses is retried, because KV takes one write a second", async () => {
  const { store } = laboratory();
  let refusals = 1;
  const busy: Store = {
    ...store,
    put: async (...args) => {
      if (refusals-- > 0) throw new Error("KV PUT failed: 429 Too Many Requests");
      await store.put(...args);
    },
  };
  const { isolate, clock } = laboratory(busy);
  const { cache, trace } = isolate();
  const invalidating = cache.invalidateTags("t");
  await clock.advance(1_100);
  await invalidating;
  expect(trace).toContain("store-error invalidate");
  expect(await store.get("tidemark:s:tt")).toBeDefined();
});

test("an invalidation that cannot be recorded is an error, and still holds in this isolate", async () => {
  const { store } = laboratory();
  let broken = false;
  const breaking: Store = {
    ...store,
    put: async (...args) => {
      if (broken) throw new Error("down");
      await store.put(...args);
    },
    delete: async () => {
      throw new Error("down");
    },
  };
  const { isolate, clock } = laboratory(breaking);
  const { cache } = isolate();
  await cache.set("k", "v", { tags: ["t"] });
  broken = true;
  const failed = expect(cache.invalidateTags("t")).rejects.toMatchObject({ code: "invalidation-failed" });
  await clock.advance(5_000);
  await failed;
  expect(await cache.get("k")).toBeUndefined();
  await expect(cache.delete("k")).rejects.toMatchObject({ code: "invalidation-failed" });
});

test("an entry that another isolate put before a deletion here is refused if the store still has it", async () => {
  const { isolate, store, background, clock } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  await elsewhere.cache.getOrSet("k", () => "old");
  await background();
  const before = (await store.get("tidemark:e:k")) ?? "";
  await clock.advance(30_000);
  await here.cache.delete("k");
  await store.put("tidemark:e:k", before, 300); // KV may show it for another minute
  expect(await here.cache.getOrSet("k", () => "new")).toBe("new");
});

test("an isolate does not unlearn an invalidation if the store lags behind", async () => {
  const { isolate, store, background, clock } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  await elsewhere.cache.set("k", "old", { tags: ["t"] });
  await background();
  const old = (await store.get("tidemark:e:k")) ?? "";
  await clock.advance(1_000);
  await elsewhere.cache.invalidateTags("t");
  expect(await here.cache.get("k")).toBeUndefined(); // it has read the tag's version
  await store.delete("tidemark:s:tt"); // as another replica would show it
  await clock.advance(LEARNED_MS);
  await store.put("tidemark:e:k", old, 300);
  expect(await here.cache.get("k")).toBeUndefined();
});

test("an isolate learns of an invalidation from an entry that was loaded after it", async () => {
  const { isolate, background } = laboratory();
  const [here, elsewhere] = [isolate(), isolate()];
  await here.cache.set("a", "old", { tags: ["t"] });
  await here.cache.get("a");
  await elsewhere.cache.invalidateTags("t");
  await elsewhere.cache.set("b", "new", { tags: ["t"] });
  await background();
  expect(await here.cache.get("a")).toBe("old"); // it has not learned of the invalidation yet
  expect(await here.cache.get("b")).toBe("new");
  expect(await here.cache.get("a")).toBeUndefined();
});

function counting(store: Store): { readonly store: Store; readonly operations: () => number } {
  let operations = 0;
  const counted =
    <A extends unknown[], R>(method: (...args: A) => R) =>
    (...args: A): R => {
      operations++;
      return method(...args);
    };
  return {
    store: {
      get: counted(store.get),
      put: counted(store.put),
      delete: counted(store.delete),
      ...(store.getMany && { getMany: counted(store.getMany) }),
      ...(store.list && { list: counted(store.list) }),
    },
    operations: () => operations,
  };
}
