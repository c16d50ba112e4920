import { expect, test } from "vitest";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Cache } from "../cache.ts";
import { memoryStore } from "../stores/memory-store.ts";
import type { Store } from "../stores/store.ts";
import { randomFrom } from "../test-suite/chaos-store.ts";
import { FenceDouble, KeeperDouble } from "../testing/keeper-double.ts";
import { gate, laboratory } from "../testing/laboratory.ts";
import { laggingStore } from "../testing/lagging-store.ts";

function withKeeper(
  options: { readonly freshness?: string; readonly store?: Store; readonly hop?: () => number } = {},
) {
  const lab = laboratory(options.store);
  const keeper = new KeeperDouble(lab.clock, options.hop);
  const isolate = () => {
    const fence = new FenceDouble(keeper, lab.clock);
    return lab.isolate({ fence, freshness: options.freshness ?? "1s" });
  };
  return { ...lab, keeper, isolate };
}

test("I1. a deletion reaches every isolate within the bound, whatever the store does", async () => {
  const { isolate, clock, background, store } = withKeeper();
  const [here, elsewhere] = [isolate(), isolate()];
  await here.cache.getOrSet("k", () => "old");
  await background();
  expect(await elsewhere.cache.getOrSet("k", () => "loaded")).toBe("old");
  const before = (await store.get("tidemark:e:k")) ?? "";
  await here.cache.delete("k");
  await store.put("tidemark:e:k", before, 300); // KV may show it for any length of time
  await clock.advance(1_001);
  expect(await elsewhere.cache.getOrSet("k", () => "new")).toBe("new");
});

test.each(["invalidateTags", "deletePrefix", "forget"] as const)(
  "I1. so does %s, without a write of the store",
  async (way) => {
    const { isolate, clock, background, store } = withKeeper();
    const [here, elsewhere] = [isolate(), isolate()];
    for (const { cache } of [here, elsewhere]) await cache.getOrSet("a:b", () => "old", { tags: ["t"] });
    await background();
    if (way === "invalidateTags") await here.cache.invalidateTags("t");
    if (way === "deletePrefix") await here.cache.deletePrefix("a");
    if (way === "forget") await here.cache.forget();
    expect((await store.list?.("tidemark:s:", { limit: 10 }))?.keys).toEqual([]);
    await clock.advance(1_001);
    expect(await elsewhere.cache.get("a:b")).toBeUndefined();
  },
);

test("I2. the value of a load that raced an invalidation elsewhere is refused wherever it ends up", async () => {
  const { isolate, clock, background } = withKeeper();
  const [here, elsewhere] = [isolate(), isolate()];
  const slow = gate<string>();
  const reading = here.cache.getOrSet("k", slow.load, { ttl: "1h" });
  await settle();
  await elsewhere.cache.delete("k");
  slow.open("old");
  expect(await reading).toBe("old");
  await background();
  expect(await elsewhere.cache.get("k")).toBeUndefined();
  await clock.advance(1_001);
  expect(await here.cache.get("k")).toBeUndefined();
  expect(await isolate().cache.get("k")).toBeUndefined();
});

test("most hits make no call: one sync serves all keys, before it is needed", async () => {
  const { isolate, clock, background, keeper } = withKeeper({ freshness: "10s" });
  const { cache, trace } = isolate();
  for (let n = 0; n < 50; n++) await cache.getOrSet(`k${n}`, () => n);
  await background();
  const before = keeper.syncs;
  for (let second = 0; second < 60; second++) {
    for (let n = 0; n < 50; n++) await cache.getOrSet(`k${n}`, () => n);
    await background();
    await clock.advance(1_000);
  }
  expect(keeper.syncs - before).toBeLessThanOrEqual(12); // one for each half of the bound
  expect(trace.filter((line) => line.startsWith("hit memory"))).toHaveLength(60 * 50);
});

test("with a bound of zero, every read asks", async () => {
  const { isolate, clock, background } = withKeeper({ freshness: "0s" });
  const [here, elsewhere] = [isolate(), isolate()];
  await here.cache.getOrSet("k", () => "old");
  await background();
  expect(await elsewhere.cache.get("k")).toBe("old");
  await here.cache.delete("k");
  await clock.advance(1);
  expect(await elsewhere.cache.get("k")).toBeUndefined();
});

test("an entry that was invalidated within the bound is served, and reloaded in the background", async () => {
  const { isolate, clock, background } = withKeeper({ freshness: "10s" });
  const [here, elsewhere] = [isolate(), isolate()];
  await here.cache.getOrSet("k", () => "old");
  await background();
  await elsewhere.cache.delete("k");
  await clock.advance(6_000);
  await here.cache.getOrSet("other", () => 1); // this syncs, so this isolate knows of the deletion
  await background();
  expect(await here.cache.lookup("k", () => "new")).toMatchObject({ value: "old", status: "stale" });
  await background();
  expect(await here.cache.lookup("k", () => "newer")).toMatchObject({ value: "new", status: "hit" });
});

test("I9. when the keeper is down, reads load, and nothing older than the bound is served", async () => {
  const { isolate, clock, background, keeper } = withKeeper();
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  await background();
  keeper.down = true;
  expect(await cache.getOrSet("k", () => "new")).toBe("old"); // proven within the bound
  await clock.advance(1_001);
  expect(await cache.getOrSet("k", () => "new")).toBe("new");
  await expect(cache.delete("k")).rejects.toMatchObject({ code: "invalidation-failed" });
  keeper.down = false;
  await clock.advance(2_000);
  expect(await cache.getOrSet("k", () => "newer")).toBe("newer"); // deleted in this isolate alone
});

test("I9. before the first sync nothing is stored, and a keeper that hangs costs a second", async () => {
  const { isolate, clock, keeper } = withKeeper();
  keeper.down = true;
  const { cache, trace } = isolate();
  expect(await cache.getOrSet("k", () => 1)).toBe(1);
  expect(trace).toContain("refuse cannot-prove k");
  const hanging = withKeeper({ hop: () => 3_600_000 });
  const reading = hanging.isolate().cache.getOrSet("k", () => 2);
  await hanging.clock.advance(3_000);
  expect(await reading).toBe(2);
  void clock;
});

test("I4. a keeper that lost its storage is a new generation: entries that the old one proved are refused", async () => {
  const { isolate, clock, background, keeper } = withKeeper();
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  await background();
  keeper.loseStorage();
  await clock.advance(1_001);
  expect(await cache.get("k")).toBeUndefined();
  expect(await cache.getOrSet("k", () => "new")).toBe("new");
});

test("caches with different keepers over one store share nothing that a keeper must prove", async () => {
  const lab = laboratory();
  const [mine, theirs] = [new KeeperDouble(lab.clock), new KeeperDouble(lab.clock)];
  theirs.generation = "theirs";
  const { cache, again } = lab.isolate({ fence: new FenceDouble(mine, lab.clock) });
  const other = again({ fence: new FenceDouble(theirs, lab.clock) });
  await cache.getOrSet("k", () => "mine");
  expect(await other.getOrSet("k", () => "theirs")).toBe("theirs");
  await other.delete("k");
  expect(await cache.getOrSet("k", () => "new")).toBe("mine");
});

test("a value that is set replaces the old one elsewhere, within the bound", async () => {
  const { isolate, clock, background } = withKeeper();
  const [here, elsewhere] = [isolate(), isolate()];
  for (const { cache } of [here, elsewhere]) await cache.getOrSet("k", () => "old");
  await background();
  await here.cache.set("k", "set");
  expect(await here.cache.get("k")).toBe("set");
  await clock.advance(1_001);
  expect(await elsewhere.cache.get("k")).toBe("set");
});

test("a write invalidates, and the next reader loads", async () => {
  const { isolate, clock, background } = withKeeper();
  const [here, elsewhere] = [isolate(), isolate()];
  for (const { cache } of [here, elsewhere]) await cache.getOrSet("k", () => "old");
  await background();
  await here.cache.write("k", () => "written");
  expect(await here.cache.getOrSet("k", () => "loaded")).toBe("loaded");
  await clock.advance(1_001);
  expect(await elsewhere.cache.getOrSet("k", () => "again")).toBe("loaded");
});

test("I2. of two set values, the one that reached the keeper last wins in every isolate", async () => {
  const hops = [0, 100];
  const { isolate, clock, background } = withKeeper({ freshness: "0s", hop: () => hops.shift() ?? 0 });
  const [here, elsewhere] = [isolate(), isolate()];
  const first = here.cache.set("k", "first"); // the keeper's answer takes 100 ms
  await settle();
  await elsewhere.cache.set("k", "second");
  await here.cache.getOrSet("other", () => 1); // so this isolate knows of the second
  await clock.advance(100);
  await first;
  await background();
  await clock.advance(1);
  expect(await here.cache.get("k")).not.toBe("first");
  expect(await elsewhere.cache.get("k")).not.toBe("first");
});

test("I1. a load that began before the bound is not joined if it was invalidated elsewhere since", async () => {
  const { isolate, clock, background } = withKeeper();
  const [here, elsewhere] = [isolate(), isolate()];
  const slow = gate<string>();
  const early = here.cache.getOrSet("k", slow.load);
  await settle();
  await elsewhere.cache.delete("k");
  await clock.advance(1_100);
  const late = here.cache.getOrSet("k", () => "new");
  await settle();
  slow.open("old");
  expect(await early).toBe("old");
  expect(await late).toBe("new");
  await background();
});

test("I1. the start of a load is measured on its machine's clock, and proves nothing on another's", async () => {
  const store = memoryStore();
  const lab = laboratory(store);
  const ahead = {
    now: () => lab.clock.now() + 900,
    sleep: (milliseconds: number) => lab.clock.sleep(milliseconds),
    after: (milliseconds: number, ring: () => void) => lab.clock.after(milliseconds, ring),
  };
  const keeper = new KeeperDouble(lab.clock);
  const options = { freshness: "300ms", ttl: "1h" };
  const early = lab.isolate({ ...options, clock: ahead, fence: new FenceDouble(keeper, ahead) });
  const [one, two] = [0, 1].map(() => lab.isolate({ ...options, fence: new FenceDouble(keeper, lab.clock) }));
  await early.cache.getOrSet("k", () => "old");
  await lab.background();
  await one?.cache.delete("k").catch(() => {});
  await early.cache.set("unrelated", 1);
  await lab.clock.advance(400);
  expect(await two?.cache.getOrSet("k", () => "new")).toBe("new");
});

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "I1, I2. random histories of three isolates (seed %i)",
  async (seed) => {
    const random = randomFrom(seed + 1);
    const clock = new VirtualClock();
    const bound = seed % 2 === 0 ? 150 : 1_000;
    const lab = laboratory(laggingStore(clock, random));
    const labClock = lab.clock;
    const keeper = new KeeperDouble(labClock, () => Math.floor(random() * 120));
    const caches: Cache[] = [0, 1, 2].map(
      () => lab.isolate({ fence: new FenceDouble(keeper, labClock), freshness: `${bound}ms` }).cache,
    );
    const source = new Map<string, number>();
    /** Versions, and when their invalidation was acknowledged. */
    const announced: { readonly key: string; readonly version: number; readonly at: number }[] = [];
    const work: Promise<unknown>[] = [];
    const keys = ["a:1", "a:2", "b"];

    for (let step = 0; step < 300; step++) {
      const key = keys[Math.floor(random() * keys.length)] ?? "b";
      const cache = caches[Math.floor(random() * caches.length)] as Cache;
      if (random() < 0.75) {
        const start = labClock.now();
        const least = Math.max(
          0,
          ...announced.filter((one) => one.key === key && one.at < start - bound).map((one) => one.version),
        );
        const load = async () => {
          await labClock.sleep(random() * 50);
          const seen = source.get(key) ?? 0;
          await labClock.sleep(random() * 400);
          return seen;
        };
        work.push(
          cache.lookup(key, load, { ttl: "1h", tags: ["t"] }).then(({ value, status, tier }) => {
            if (value < least)
              throw new Error(`${key}: ${value} < ${least} (${status} from ${tier}), read at ${start}`);
          }),
        );
      } else {
        const version = step + 1;
        source.set(key, version);
        const choice = random();
        const told =
          choice < 0.5
            ? cache.delete(key)
            : choice < 0.7
              ? cache.invalidateTags("t")
              : choice < 0.85
                ? cache.deletePrefix(key)
                : cache.forget();
        work.push(told.then(() => announced.push({ key, version, at: labClock.now() })));
      }
      if (random() < 0.5) await labClock.advance(Math.floor(random() * 400));
    }
    await labClock.advance(60_000);
    await Promise.all(work);
  },
);
