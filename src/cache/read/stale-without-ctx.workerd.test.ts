import { expect, it } from "vitest";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { createCache } from "../create.ts";
import { memoryStore } from "../stores/memory-store.ts";
import { counter } from "../testing/laboratory.ts";

// In workerd nothing goes on after the response that nobody has anchored. Time is virtual here.

const options = { ttl: "60s", staleWhileRevalidate: "1h", jitter: 0 } as const;

function withoutContext() {
  const clock = new VirtualClock();
  const store = memoryStore(clock);
  return { clock, cache: createCache({ clock, store }) };
}

it("a read of a stale entry waits for its reload, and gets the new value", async () => {
  const { clock, cache } = withoutContext();
  const { load, calls } = counter();
  await cache.getOrSet("k", load, options);
  await clock.advance(61_000);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v2", status: "miss" });
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v2", status: "hit" });
  expect(calls()).toBe(2);
});

it("a hundred such reads wait for one reload", async () => {
  const { clock, cache } = withoutContext();
  const { load, calls } = counter();
  await cache.getOrSet("k", load, options);
  await clock.advance(61_000);
  const all = await Promise.all(Array.from({ length: 100 }, () => cache.getOrSet("k", load, options)));
  expect(new Set(all)).toEqual(new Set(["v2"]));
  expect(calls()).toBe(2);
});

it("a reload that fails gives the old value, and is not repeated for a second", async () => {
  const { clock, cache } = withoutContext();
  await cache.getOrSet("k", () => "old", options);
  await clock.advance(61_000);
  let tries = 0;
  const down = (): string => {
    tries++;
    throw new Error("down");
  };
  for (let n = 0; n < 5; n++)
    expect(await cache.lookup("k", down, options)).toMatchObject({ value: "old", status: "stale" });
  expect(tries).toBe(1);
  await clock.advance(1_000);
  expect(await cache.getOrSet("k", down, options)).toBe("old");
  expect(tries).toBe(2);
});

it("many keys wait together, and get the new values, or the old ones if that fails", async () => {
  const { clock, cache } = withoutContext();
  const all = (value: string) => (keys: readonly string[]) => new Map(keys.map((key) => [key, value]));
  await cache.getMany(["a", "b"], all("old"), options);
  await clock.advance(61_000);
  const down = (): Map<string, string> => {
    throw new Error("down");
  };
  expect([...(await cache.getMany(["a", "b"], down, options)).values()]).toEqual(["old", "old"]);
  await clock.advance(1_000);
  expect([...(await cache.getMany(["a", "b"], all("new"), options)).values()]).toEqual(["new", "new"]);
});

it("with a context it is served at once, as everywhere", async () => {
  const clock = new VirtualClock();
  const work: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  const cache = createCache({ clock, store: memoryStore(clock) }).with(ctx);
  const { load } = counter();
  await cache.getOrSet("k", load, options);
  await clock.advance(61_000);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v1", status: "stale" });
  await Promise.all(work);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v2", status: "hit" });
});
