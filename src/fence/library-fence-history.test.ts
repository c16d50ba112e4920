import { expect, test } from "vitest";
import type { Cache } from "../cache/cache.ts";
import { randomFrom } from "../cache/test-suite/chaos-store.ts";
import { laboratory } from "../cache/testing/laboratory.ts";
import { laggingStore } from "../cache/testing/lagging-store.ts";
import { settle, VirtualClock } from "../runtime/virtual-clock.ts";
import { createFence } from "./cache-fence.ts";
import { Host } from "./testing/host.ts";

const BOUND_MS = 300;

function worldOf(random?: () => number, boundMs = BOUND_MS) {
  const clock = new VirtualClock();
  const host = new Host(clock, random && (() => Math.floor(random() * 100)));
  const lab = laboratory(random && laggingStore(clock, random));
  const isolate = (own = clock) => {
    const fence = createFence(() => host.stub(), own);
    return lab.isolate({ fence, clock: fence.clock, freshness: `${boundMs}ms`, ttl: "1h" });
  };
  return { clock, host, isolate, store: lab.store, background: lab.background };
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "I1, I2, I4, I9. random histories of three isolates and a keeper that ends, fails and forgets (seed %i)",
  async (seed) => {
    const random = randomFrom(seed + 1);
    const boundMs = [0, BOUND_MS, 1_000][seed % 3] as number;
    const { clock, host, isolate } = worldOf(random, boundMs);
    const caches = [isolate(), isolate(), isolate()].map(({ cache }) => cache);
    const source = new Map<string, number>();
    const announced: { readonly key: string; readonly version: number; readonly at: number }[] = [];
    const work: Promise<unknown>[] = [];
    const keys = ["a:1", "a:2", "b"];
    let hits = 0;

    for (let step = 0; step < 300; step++) {
      const key = keys[Math.floor(random() * keys.length)] as string;
      const cache = caches[Math.floor(random() * caches.length)] as Cache;
      const choice = random();
      if (choice < 0.02) host.end(random() < 0.3);
      else if (choice < 0.1) host.down = choice < 0.04;
      else if (choice < 0.8) {
        const start = clock.now();
        const due = announced.filter((one) => one.key === key && one.at < start - boundMs);
        const least = Math.max(0, ...due.map(({ version }) => version));
        const load = async () => {
          await clock.sleep(random() * 50);
          const seen = source.get(key) ?? 0;
          await clock.sleep(random() * 400);
          return seen;
        };
        work.push(
          cache.lookup(key, load, { tags: ["t"] }).then(({ value, status, tier }) => {
            if (status === "hit") hits++;
            if (value < least)
              throw new Error(`${key}: ${value} < ${least} (${status} from ${tier}) at ${start}`);
          }),
        );
      } else {
        source.set(key, step + 1);
        const told = [
          () => cache.delete(key),
          () => cache.invalidateTags("t"),
          () => cache.deletePrefix(key),
          () => cache.forget(),
        ][Math.floor(random() * 4)]?.();
        // An invalidation counts only once the keeper has acknowledged it.
        const note = () => announced.push({ key, version: step + 1, at: clock.now() });
        work.push(Promise.resolve(told).then(note, () => {}));
      }
      if (random() < 0.5) await clock.advance(Math.floor(random() * 300));
    }
    await clock.advance(60_000);
    await Promise.all(work);
    expect(hits).toBeGreaterThan(0);
  },
);

test("I1. after a clock is set back, earlier entries are not served until they are proven again", async () => {
  const { clock, isolate, background } = worldOf();
  const other = new VirtualClock(clock.now());
  const { cache } = isolate(other);
  await cache.getOrSet("k", () => "old");
  expect(await cache.lookup("k", () => "new")).toMatchObject({ value: "old", status: "hit" });
  await isolate().cache.delete("k");
  other.step(-3_600_000);
  expect(await cache.getOrSet("k", () => "new")).toBe("new");
  await background();
});

test("I1. a mark that the keeper no longer knows: restored storage is a new generation", async () => {
  const { clock, host, isolate, background } = worldOf();
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  await background();
  host.end(true);
  await clock.advance(BOUND_MS + 1);
  expect(await cache.getOrSet("k", () => "new")).toBe("new");
  await settle();
  await background();
  expect(await cache.lookup("k", () => "newer")).toMatchObject({ value: "new", status: "hit" });
});

test("I10. a keeper that hangs costs a read one deadline, whatever tiers have the value", async () => {
  const { clock, host, isolate, background } = worldOf();
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  await background();
  const never = new Promise<never>(() => {});
  host.stub = () => ({ sync: () => never, invalidate: () => never });
  await clock.advance(BOUND_MS + 1);
  let value: string | undefined;
  void cache
    .getOrSet("k", () => "new")
    .then((loaded) => {
      value = loaded;
    });
  await clock.advance(2_001);
  expect(value).toBe("new");
  const deleting = expect(cache.delete("k")).rejects.toMatchObject({ code: "invalidation-failed" });
  await clock.advance(5_001);
  await deleting;
});

test("I9. an instance that ends during an invalidation is called again", async () => {
  const { host, isolate } = worldOf();
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  const stub = host.stub.bind(host);
  let calls = 0;
  host.stub = () => {
    if (++calls === 1) throw new Error("broken stub");
    return stub();
  };
  await cache.delete("k");
  expect(calls).toBe(2);
});
