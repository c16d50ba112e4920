import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Store } from "../stores/store.ts";
import { gate, laboratory } from "../testing/laboratory.ts";
import { asDate, numbers, texts } from "../testing/schemas.ts";

const AT = "2026-01-02T00:00:00.000Z";

// Readers of one key whose schemas refuse each other's values.

test("I3. a reader whose schema refuses the value of a load that it joined loads for itself", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const slow = gate<unknown>();
  const first = cache.getOrSet<unknown>("k", slow.load, { validate: texts() });
  const second = cache.getOrSet<unknown>("k", () => 5, { validate: numbers() });
  await settle();
  slow.open("text");
  expect(await Promise.all([first, second])).toEqual(["text", 5]);
  expect(await cache.get("k")).toBe("text");
});

test("a stale entry that fails the reader's schema is no fallback", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  const lived = { ttl: "60s", staleIfError: "1h" };
  await cache.set("k", "text", lived);
  await background();
  await clock.advance(61_000);
  const down = () => {
    throw new Error("down");
  };
  await expect(cache.getOrSet<number>("k", down, { ...lived, validate: numbers() })).rejects.toThrow("down");
  expect(await cache.getOrSet<string>("k", down, { ...lived, validate: texts() })).toBe("text");
});

test("readers whose schemas refuse each other's values do not keep evicting them", async () => {
  const { puts, isolate, background } = counting();
  const { cache, trace } = isolate();
  const [text, number] = [texts(), numbers()];
  const loads: string[] = [];
  const load = () => {
    loads.push("text");
    return "text";
  };
  for (let n = 0; n < 10; n++) {
    expect(await cache.getOrSet<string>("k", load, { validate: text })).toBe("text");
    expect(await cache.getOrSet<number>("k", () => n, { validate: number })).toBe(n);
    const many = await cache.getMany<number>(["k"], () => ({ k: n }), { validate: number });
    expect(many.get("k")).toBe(n);
    await background();
  }
  expect(loads).toEqual(["text"]);
  expect(puts()).toBe(1);
  expect(trace).toContain("refuse another-schema k");
  expect(await isolate().cache.get("k")).toBe("text");
});

test("an entry of an earlier version that no reader here can use is replaced", async () => {
  const { puts, isolate, background } = counting();
  await isolate().cache.set("k", "text");
  const { cache, trace } = isolate();
  const number = numbers();
  expect(await cache.getOrSet<number>("k", () => 1, { validate: number })).toBe(1);
  await background();
  expect(trace).toContain("miss invalid k");
  expect(puts()).toBe(2);
  expect(await isolate().cache.get("k")).toBe(1);
});

test("an entry of another version that this one refuses does not stop this one from storing", async () => {
  const { isolate, clock, background } = laboratory();
  const [old, next] = [isolate(), isolate()];
  let loads = 0;
  const load = () => {
    loads++;
    return "text";
  };
  await old.cache.getOrSet<string>("k", load, { ttl: "1h", validate: texts() });
  await next.cache.set("k", 1, { ttl: "1h" });
  await background();
  // Memory must ask the store again, where there is an entry that this version cannot use.
  await clock.advance(10_000);
  for (let n = 0; n < 5; n++) {
    expect(await old.cache.getOrSet<string>("k", load, { ttl: "1h", validate: texts() })).toBe("text");
    await background();
  }
  expect(loads).toBe(2);
  expect(old.trace).not.toContain("refuse another-schema k");
});

test("once an entry that others use has expired, the next reader's replaces it", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  await cache.getOrSet<string>("k", () => "text", { ttl: "60s", validate: texts() });
  await background();
  expect(await cache.getOrSet<number>("k", () => 1, { ttl: "60s", validate: numbers() })).toBe(1);
  await clock.advance(60_000);
  expect(await cache.getOrSet<number>("k", () => 2, { ttl: "60s", validate: numbers() })).toBe(2);
  expect(await cache.get("k")).toBe(2);
  // The same when that entry was invalidated.
  await cache.delete("k");
  expect(await cache.getOrSet<string>("k", () => "again", { ttl: "60s", validate: texts() })).toBe("again");
  await cache.set("k", 3);
  expect(
    await cache.getOrSet<number>("k", () => expect.fail("it is there already"), { validate: numbers() }),
  ).toBe(3);
});

test("a load that fails its own schema is its caller's error, and leaves other readers' entry alone", async () => {
  const { puts, isolate } = counting();
  const { cache } = isolate();
  await cache.getOrSet<string>("k", () => "text", { validate: texts() });
  for (let n = 0; n < 3; n++) {
    const wrong = cache.getOrSet<unknown>("k", () => "text", { validate: numbers() });
    await expect(wrong).rejects.toMatchObject({ code: "invalid-value" });
    expect(
      await cache.getOrSet<string>("k", () => expect.fail("it is there already"), { validate: texts() }),
    ).toBe("text");
  }
  expect(puts()).toBe(1);
});

test("a value that is not cached must pass the schema too, and the caller gets its output", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate({ kinds: { orders: { private: true } } });
  expect(await cache.getOrSet<unknown>("orders:1", () => ({ at: AT }), { validate: asDate() })).toEqual({
    at: new Date(AT),
  });
  const wrong = cache.getOrSet<unknown>("orders:1", () => "text", { validate: numbers() });
  await expect(wrong).rejects.toMatchObject({ code: "invalid-value" });
});

function counting() {
  const { store } = laboratory();
  let puts = 0;
  const counted: Store = {
    ...store,
    put: async (...args) => {
      puts++;
      await store.put(...args);
    },
  };
  return { ...laboratory(counted), puts: () => puts };
}
