import { expect, test } from "vitest";
import { counter, gate, laboratory } from "../testing/laboratory.ts";

test("stale-while-revalidate serves at once, and one load runs in the background", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache, trace } = isolate();
  const { load, calls } = counter();
  const options = { ttl: "60s", staleWhileRevalidate: "1h" };
  await cache.getOrSet("k", load, options);
  await background();
  await clock.advance(61_000);
  trace.length = 0;
  const answers = await Promise.all([1, 2, 3].map(() => cache.lookup("k", load, options)));
  for (const answer of answers) {
    expect(answer).toMatchObject({ value: "v1", status: "stale", reason: "revalidating" });
  }
  await background();
  expect(calls()).toBe(2);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v2", status: "hit" });
});

test("a refresh that fails keeps the old value, and is not repeated at once", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const options = { ttl: "60s", staleWhileRevalidate: "1h" };
  await cache.getOrSet("k", () => "old", options);
  await background();
  await clock.advance(61_000);
  let attempts = 0;
  const failing = () => {
    attempts++;
    throw new Error("down");
  };
  for (let n = 0; n < 5; n++) {
    expect(await cache.getOrSet<string>("k", failing, options)).toBe("old");
    await background();
  }
  expect(attempts).toBe(1);
  await clock.advance(1_000);
  expect(await cache.getOrSet<string>("k", failing, options)).toBe("old");
  await background();
  expect(attempts).toBe(2);
});

test("stale-if-error serves an older value when loading fails, and only then", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const options = { ttl: "60s", staleIfError: "1h" };
  await cache.getOrSet("k", () => "old", options);
  await background();
  await clock.advance(61_000);
  const failing = () => {
    throw new Error("down");
  };
  expect(await cache.lookup<string>("k", failing, options)).toMatchObject({
    value: "old",
    status: "stale",
    reason: "if-error",
    ageMs: 61_000,
  });
  expect(await cache.lookup("k", () => "new", options)).toMatchObject({ value: "new", status: "miss" });
  await background();
  await clock.advance(60_000 + 3_600_000);
  await expect(cache.getOrSet<string>("k", failing, options)).rejects.toThrow("down");
});

test("an error does not bring an invalidated entry back", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const options = { ttl: "60s", staleIfError: "1h", tags: ["t"] };
  await cache.getOrSet("k", () => "old", options);
  await background();
  await cache.invalidateTags("t");
  await clock.advance(61_000);
  const failing = () => {
    throw new Error("down");
  };
  await expect(cache.getOrSet<string>("k", failing, options)).rejects.toThrow("down");
});

test("a soft timeout serves the older value, and the load goes on", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const options = { ttl: "60s", staleIfError: "1h", softTimeout: "200ms" };
  await cache.getOrSet("k", () => "old", options);
  await background();
  await clock.advance(61_000);
  const slow = gate<string>();
  const first = cache.lookup("k", slow.load, options);
  const second = cache.lookup("k", slow.load, options);
  await clock.advance(200);
  expect(await first).toMatchObject({ value: "old", status: "stale", reason: "slow" });
  expect(await second).toMatchObject({ value: "old", status: "stale", reason: "slow" });
  slow.open("new");
  await background();
  expect(await cache.get("k")).toBe("new");
  expect(slow.calls()).toBe(1);
});

test("I10. a hanging load is abandoned after the hard timeout, and its signal aborts", async () => {
  const { isolate, clock } = laboratory();
  const { cache } = isolate();
  let signal: AbortSignal | undefined;
  const hanging = cache.getOrSet(
    "k",
    (context) => {
      signal = context.signal;
      return new Promise<string>(() => {});
    },
    { hardTimeout: "3s" },
  );
  const failed = expect(hanging).rejects.toMatchObject({ name: "CacheError", code: "load-timeout" });
  await clock.advance(3_000);
  await failed;
  expect(signal?.aborted).toBe(true);
  expect(await cache.getOrSet("k", () => "v")).toBe("v");
});
