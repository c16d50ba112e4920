import { expect, test } from "vitest";
import type { StandardSchema, Store } from "./ports.ts";
import { gate, laboratory } from "./testing/laboratory.ts";
import { settle } from "./virtual-clock.ts";

interface Counted<T> extends StandardSchema<T> {
  readonly parsed: () => number;
}

/** A schema that counts; `parse` throws at what it refuses. */
function schema<T>(parse: (value: unknown) => T | Promise<T>): Counted<T> {
  let parsed = 0;
  return {
    parsed: () => parsed,
    "~standard": {
      version: 1,
      vendor: "test",
      validate: async (value) => {
        parsed++;
        try {
          return { value: await parse(value) };
        } catch (error) {
          return { issues: [{ message: String(error) }] };
        }
      },
    },
  };
}

const refuse = (): never => {
  throw new Error("refused");
};
interface Row {
  readonly at: string;
  readonly n?: number;
}
const asDate = () => schema((value) => ({ at: new Date((value as Row).at) }));
const withDefault = () => schema((value) => ({ n: 7, ...(value as Row) }));
const asText = () => schema((value) => JSON.stringify(value));
const texts = () => schema((value) => (typeof value === "string" ? value : refuse()));
const numbers = () => schema((value) => (typeof value === "number" ? value : refuse()));

const AT = "2026-01-02T00:00:00.000Z";
const row: Row = { at: AT };
const never = () => expect.fail("it is there already");

/** The row, as each kind of reader must be given it. */
const READERS = [
  { validate: asDate(), expected: { at: new Date(AT) } },
  { validate: withDefault(), expected: { at: AT, n: 7 } },
  { validate: asText(), expected: JSON.stringify(row) },
  { validate: undefined, expected: row },
];
const options = (validate: StandardSchema | undefined) => (validate === undefined ? {} : { validate });

test.each(READERS.map((_, first) => first))(
  "each reader gets what its own schema made, in memory and from the store (reader %d first)",
  async (first) => {
    const { isolate, background } = laboratory();
    const { cache } = isolate();
    const order = [...READERS.slice(first), ...READERS.slice(0, first)];
    const [one, ...others] = order;
    expect(await cache.getOrSet<unknown>("k", () => row, options(one?.validate))).toEqual(one?.expected);
    await background();
    const elsewhere = isolate().cache;
    for (const { validate, expected } of [...others, ...order, ...order]) {
      for (const reader of [cache, elsewhere]) {
        expect(await reader.getOrSet<unknown>("k", never, options(validate))).toEqual(expected);
        expect((await reader.lookup<unknown>("k", never, options(validate))).value).toEqual(expected);
        expect(await reader.get<unknown>("k", options(validate))).toEqual(expected);
        expect((await reader.getMany<unknown>(["k"], never, options(validate))).get("k")).toEqual(expected);
      }
    }
  },
);

test("a schema parses an entry in memory once, whoever else reads it", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const [dates, defaults] = [asDate(), withDefault()];
  await cache.set("k", row);
  for (let n = 0; n < 5; n++) {
    await cache.getOrSet<unknown>("k", never, { validate: dates });
    await cache.getOrSet<unknown>("k", never, { validate: defaults });
    await cache.get("k");
  }
  expect([dates.parsed(), defaults.parsed()]).toEqual([1, 1]);
});

test("11. of schemas that are written inline the last few are remembered, and all get their own", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  await cache.set("k", row);
  const values = await Promise.all(
    Array.from({ length: 50 }, (_, n) => cache.getOrSet<unknown>("k", never, { validate: schema(() => n) })),
  );
  expect(values).toEqual(values.map((_, n) => n));
});

test("3. readers who join a load get what their own schema makes of it", async () => {
  const { isolate, background } = laboratory();
  const here = isolate();
  const slow = gate<unknown>();
  const reading = () =>
    READERS.map(({ validate }) => here.again().getOrSet<unknown>("k", slow.load, options(validate)));
  const all = [...reading(), ...reading()];
  await settle();
  slow.open(row);
  const expected = READERS.map((one) => one.expected);
  expect(await Promise.all(all)).toEqual([...expected, ...expected]);
  expect(slow.calls()).toBe(1);
  await background();
  // Now they join one who reads the store.
  const { again } = isolate();
  const stored = READERS.map(({ validate }) => again().getOrSet<unknown>("k", never, options(validate)));
  expect(await Promise.all(stored)).toEqual(expected);
});

test("3. one whose schema refuses what another's load brought home loads for itself", async () => {
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

test.each([
  ["within staleWhileRevalidate", 61_000],
  ["within staleIfError", 181_000],
])(
  "stale entries %s: each reader gets its own, and what refreshes them does not change that",
  async (_, age) => {
    const { isolate, clock, background } = laboratory();
    const here = isolate();
    const lived = { ttl: "60s", staleWhileRevalidate: "60s", staleIfError: "1h" };
    await here.cache.getOrSet<unknown>("k", () => row, { ...lived, validate: asDate() });
    await background();
    await clock.advance(age);
    const down = () => {
      throw new Error("down");
    };
    for (const reader of [here.cache, isolate().cache]) {
      for (const { validate, expected } of READERS) {
        const found = await reader.lookup<unknown>("k", down, { ...lived, ...options(validate) });
        expect(found).toMatchObject({ status: "stale", value: expected });
      }
      await background();
    }
    // One reads for a batch, and its load takes the place of what is stale.
    for (const { validate, expected } of READERS) {
      const fresh = { ...lived, ...options(validate) };
      const many = await here.cache.getMany<unknown>(["k"], () => ({ k: row }), fresh);
      expect(many.get("k")).toEqual(expected);
      await background();
    }
  },
);

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

test("readers whose schemas refuse each other's values do not take turns in evicting them", async () => {
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

test("what the last version stored, and nobody here can use, is replaced", async () => {
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

test("what another version stored, and this one refuses, does not keep this one from storing", async () => {
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
  // Memory is believed no longer, and the store has what this version cannot use.
  await clock.advance(10_000);
  for (let n = 0; n < 5; n++) {
    expect(await old.cache.getOrSet<string>("k", load, { ttl: "1h", validate: texts() })).toBe("text");
    await background();
  }
  expect(loads).toBe(2);
  expect(old.trace).not.toContain("refuse another-schema k");
});

test("once an entry that others use has ended, the next reader's takes its place", async () => {
  const { isolate, clock, background } = laboratory();
  const { cache } = isolate();
  await cache.getOrSet<string>("k", () => "text", { ttl: "60s", validate: texts() });
  await background();
  expect(await cache.getOrSet<number>("k", () => 1, { ttl: "60s", validate: numbers() })).toBe(1);
  await clock.advance(60_000);
  expect(await cache.getOrSet<number>("k", () => 2, { ttl: "60s", validate: numbers() })).toBe(2);
  expect(await cache.get("k")).toBe(2);
  // So it does when what others used was invalidated.
  await cache.delete("k");
  expect(await cache.getOrSet<string>("k", () => "again", { ttl: "60s", validate: texts() })).toBe("again");
  await cache.set("k", 3);
  expect(await cache.getOrSet<number>("k", never, { validate: numbers() })).toBe(3);
});

test("a load that fails its own schema is the caller's error, and leaves others what they have", async () => {
  const { puts, isolate } = counting();
  const { cache } = isolate();
  await cache.getOrSet<string>("k", () => "text", { validate: texts() });
  for (let n = 0; n < 3; n++) {
    const wrong = cache.getOrSet<unknown>("k", () => "text", { validate: numbers() });
    await expect(wrong).rejects.toMatchObject({ code: "invalid-value" });
    expect(await cache.getOrSet<string>("k", never, { validate: texts() })).toBe("text");
  }
  expect(puts()).toBe(1);
});

test("that there is no such thing is known to all readers, whatever their schemas", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const strict = schema(refuse);
  await cache.getOrSet<unknown>("k", () => undefined, { negativeTtl: "60s" });
  expect(await cache.lookup<unknown>("k", never, { validate: strict })).toMatchObject({ status: "hit" });
  expect(strict.parsed()).toBe(0);
});

test("a schema that gives undefined has given a value", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const validate = schema(() => undefined);
  await cache.getOrSet<unknown>("k", () => 1, { validate });
  expect(await cache.lookup<unknown>("k", never, { validate })).toMatchObject({
    value: undefined,
    status: "hit",
  });
  expect(await cache.get("k")).toBe(1);
  expect(validate.parsed()).toBe(1);
});

test("a schema that edits what it is given changes nobody else's value", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const editing = schema((value) => Object.assign(value as object, { edited: true }));
  await cache.set("k", { a: 1 });
  expect(await cache.getOrSet<unknown>("k", never, { validate: editing })).toEqual({ a: 1, edited: true });
  expect(await cache.get("k")).toEqual({ a: 1 });
  const frozen = await cache.getOrSet<unknown>("k", never, { validate: editing });
  expect(Object.isFrozen(frozen)).toBe(true);
});

test("what is not cached at all must pass the schema as well, and is what the schema made of it", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate({ kinds: { orders: { private: true } } });
  expect(await cache.getOrSet<unknown>("orders:1", () => row, { validate: asDate() })).toEqual({
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
