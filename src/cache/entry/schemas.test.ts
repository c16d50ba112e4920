import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { gate, laboratory } from "../testing/laboratory.ts";
import { asDate, asText, type Row, refuse, schema, withDefault } from "../testing/schemas.ts";
import type { StandardSchema } from "./standard-schema.ts";

const AT = "2026-01-02T00:00:00.000Z";
const row: Row = { at: AT };
const never = () => expect.fail("it is there already");

/** What each kind of reader must get from the row. */
const READERS = [
  { validate: asDate(), expected: { at: new Date(AT) } },
  { validate: withDefault(), expected: { at: AT, n: 7 } },
  { validate: asText(), expected: JSON.stringify(row) },
  { validate: undefined, expected: row },
];
const options = (validate: StandardSchema | undefined) => (validate === undefined ? {} : { validate });

test.each(READERS.map((_, first) => first))(
  "each reader gets the output of its own schema, in memory and from the store (reader %d first)",
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

test("a schema parses an entry in memory once, whichever readers come between", async () => {
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

test("I11. the views of the last few inline schemas are remembered, and every reader gets its own", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  await cache.set("k", row);
  const values = await Promise.all(
    Array.from({ length: 50 }, (_, n) => cache.getOrSet<unknown>("k", never, { validate: schema(() => n) })),
  );
  expect(values).toEqual(values.map((_, n) => n));
});

test("I3. readers that join a load get their own schema's output", async () => {
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
  // Now they join a reader of the store.
  const { again } = isolate();
  const stored = READERS.map(({ validate }) => again().getOrSet<unknown>("k", never, options(validate)));
  expect(await Promise.all(stored)).toEqual(expected);
});

test.each([
  ["within staleWhileRevalidate", 61_000],
  ["within staleIfError", 181_000],
])("stale entries %s: each reader gets its own view, before and after a refresh", async (_, age) => {
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
  // Each reader's batch loads, and replaces the stale entry.
  for (const { validate, expected } of READERS) {
    const fresh = { ...lived, ...options(validate) };
    const many = await here.cache.getMany<unknown>(["k"], () => ({ k: row }), fresh);
    expect(many.get("k")).toEqual(expected);
    await background();
  }
});

test("all readers learn that the value does not exist, whatever their schemas", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const strict = schema(refuse);
  await cache.getOrSet<unknown>("k", () => undefined, { negativeTtl: "60s" });
  expect(await cache.lookup<unknown>("k", never, { validate: strict })).toMatchObject({ status: "hit" });
  expect(strict.parsed()).toBe(0);
});

test("undefined from a schema is a value", async () => {
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

test("a schema that edits its input changes no other reader's value", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const editing = schema((value) => Object.assign(value as object, { edited: true }));
  await cache.set("k", { a: 1 });
  expect(await cache.getOrSet<unknown>("k", never, { validate: editing })).toEqual({ a: 1, edited: true });
  expect(await cache.get("k")).toEqual({ a: 1 });
  const frozen = await cache.getOrSet<unknown>("k", never, { validate: editing });
  expect(Object.isFrozen(frozen)).toBe(true);
});
