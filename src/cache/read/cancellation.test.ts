import { afterAll, beforeAll, expect, test } from "vitest";
import { type Isolates, isolates } from "../testing/miniflare.ts";

// Separate requests in one isolate of real workerd, and their cancellation, which one process cannot show.

const WORKER = /* ts */ `
import { createCache } from "tidemark";

let loads = 0;
const doors = new Map();

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const [, what, key] = url.pathname.split("/");
    const anchored = url.searchParams.get("anchored") !== "no";
    const cache = createCache({ kv: env.KV, jitter: 0, ...(anchored ? { ctx } : {}) });
    const load = async () => {
      const n = ++loads;
      await scheduler.wait(Number(url.searchParams.get("takes") ?? 0));
      if (url.searchParams.get("fails") !== null) throw new Error("down");
      return "load " + n;
    };
    const options = { ttl: url.searchParams.get("ttl") ?? "60s", staleWhileRevalidate: "1h" };
    if (what === "read") {
      try {
        const { value, status, tier } = await cache.lookup(key, load, options);
        return Response.json({ value, status, tier });
      } catch (error) {
        return Response.json({ error: error.message });
      }
    }
    if (what === "delete") await cache.delete(key);
    if (what === "loads") return Response.json(loads);
    if (what === "inKv") {
      const { keys } = await env.KV.list();
      return Response.json(keys.some(({ name }) => name.endsWith(key)));
    }
    return Response.json(await cache.get(key) ?? null);
  },
};
`;

interface Answer {
  readonly value?: string;
  readonly status?: string;
  readonly error?: string;
}

let workers: Isolates;
beforeAll(async () => {
  workers = await isolates(["one", "two"], WORKER);
});
afterAll(() => workers.dispose());

const read = async (name: string, path: string): Promise<Answer> => {
  const response = await workers.fetch(name, path);
  return response.status === 200 ? await response.json() : { error: await response.text() };
};
const loads = async (name: string): Promise<number> => (await workers.fetch(name, "/loads")).json();

/** Whoever reads then finds the leader's load under way, or its value. */
const oneMoreThan = (before: number) => expect.poll(() => loads("one")).toBe(before + 1);

test("I3. twenty concurrent requests in one isolate share a load across their contexts, and none fails", async () => {
  const before = await loads("one");
  const answers = await Promise.all(Array.from({ length: 20 }, () => read("one", "/read/crowd?takes=200")));
  expect(new Set(answers.map(({ value }) => value)).size).toBe(1);
  expect(answers.every(({ error }) => error === undefined)).toBe(true);
  expect((await loads("one")) - before).toBe(1);
});

test("I10. the leader's invocation is cancelled: its load goes on, and the followers get its value", async () => {
  const before = await loads("one");
  const cancelled = workers.fetch("one", "/read/anchored?takes=400&cancel=50");
  await oneMoreThan(before);
  const others = await Promise.all(Array.from({ length: 5 }, () => read("one", "/read/anchored?takes=400")));
  expect((await cancelled).status).toBe(499);
  expect(others.map(({ value, error }) => error ?? value)).toEqual(Array(5).fill(`load ${before + 1}`));
  expect((await loads("one")) - before).toBe(1);
});

test("I10. a leader without a ctx is cancelled: its key neither hangs nor fails", async () => {
  const before = await loads("one");
  const cancelled = workers.fetch("one", "/read/bare?takes=400&cancel=50&anchored=no");
  await oneMoreThan(before);
  const others = await Promise.all(Array.from({ length: 5 }, () => read("one", "/read/bare?takes=10")));
  expect((await cancelled).status).toBe(499);
  expect(others.every(({ value }) => value?.startsWith("load "))).toBe(true);
  expect(await read("one", "/read/bare")).toMatchObject({ status: "hit" });
});

test("I10. a follower is cancelled: the leader and the other followers do not notice", async () => {
  const before = await loads("one");
  const leader = read("one", "/read/follower?takes=2000");
  await oneMoreThan(before);
  const gone = workers.fetch("one", "/read/follower?cancel=50");
  const other = read("one", "/read/follower");
  expect((await gone).status).toBe(499);
  expect((await leader).value).toBe((await other).value);
});

test("I10. a leader's load fails: the followers load for themselves", async () => {
  const before = await loads("one");
  const leader = read("one", "/read/failing?takes=200&fails");
  await oneMoreThan(before);
  const others = await Promise.all(Array.from({ length: 5 }, () => read("one", "/read/failing?takes=20")));
  expect((await leader).error).toBe("down");
  expect(new Set(others.map(({ value }) => value)).size).toBe(1);
  expect(others[0]?.value).toMatch(/^load/);
});

test("stale-while-revalidate: the refresh outlives the response, cancelled or not", async () => {
  const first = await read("one", "/read/swr?ttl=200ms");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const stale = workers.fetch("one", "/read/swr?ttl=60s&takes=1500&cancel=1000");
  expect(await (await stale).json()).toMatchObject({ value: first.value, status: "stale" });
  await expect.poll(async () => (await read("one", "/read/swr?ttl=60s")).status).toBe("hit");
  expect((await read("one", "/read/swr?ttl=60s")).value).not.toBe(first.value);
});

test("I2. a deletion by another request during a load: the old value is gone afterwards", async () => {
  const before = await loads("one");
  const reading = read("one", "/read/deleted?takes=300");
  await oneMoreThan(before);
  await workers.fetch("one", "/delete/deleted");
  const old = await reading;
  expect(await (await workers.fetch("one", "/get/deleted")).json()).toBeNull();
  expect((await read("one", "/read/deleted")).value).not.toBe(old.value);
});

test("a second isolate has the first one's value from KV, and fills its own memory with it", async () => {
  const { value } = await read("one", "/read/shared");
  await expect.poll(async () => (await workers.fetch("one", "/inKv/shared")).json()).toBe(true);
  expect(await read("two", "/read/shared")).toEqual({ value, status: "hit", tier: "store" });
  expect(await read("two", "/read/shared")).toEqual({ value, status: "hit", tier: "memory" });
});
