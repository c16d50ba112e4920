import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { gate, laboratory } from "../testing/laboratory.ts";
import { Point, roundTrip } from "../testing/round-trip.ts";

const circle: Record<string, unknown> = { name: "circle" };
circle.self = circle;
const nested = (levels: number, inner: unknown = "x") => {
  let value = inner;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
};
const throwing = () => {
  throw new Error("not today");
};

test.each<[string, unknown, string]>([
  ["a Set", { tags: [new Set(["a"])] }, "value.tags[0] (Set) is not plain JSON"],
  ["a Map", { byId: new Map([["a", 1]]) }, "value.byId (Map) is not plain JSON"],
  ["bytes", [new Uint8Array(3)], "value[0] (Uint8Array) is not plain JSON"],
  [
    "bytes of Node's, which have a toJSON",
    { hash: Buffer.from("abc") },
    "value.hash (Buffer) is not plain JSON",
  ],
  ["an ArrayBuffer", { a: { b: new ArrayBuffer(3) } }, "value.a.b (ArrayBuffer) is not plain JSON"],
  ["a DataView", { v: new DataView(new ArrayBuffer(3)) }, "value.v (DataView) is not plain JSON"],
  ["an Error", { data: null, error: new Error("e") }, "value.error (Error) is not plain JSON"],
  ["an error of a class of its own", [new RangeError("e")], "value[0] (RangeError) is not plain JSON"],
  ["Headers", { headers: new Headers({ a: "b" }) }, "value.headers (Headers) is not plain JSON"],
  ["a query", { query: new URLSearchParams("a=b") }, "value.query (URLSearchParams) is not plain JSON"],
  ["a pattern", { pattern: /a/ }, "value.pattern (RegExp) is not plain JSON"],
  ["a promise", { rows: Promise.resolve([]) }, "value.rows (Promise) is not plain JSON"],
  ["a function", { run: () => 1 }, "value.run (Function) is not plain JSON"],
  ["a symbol", { s: Symbol("s") }, "value.s (Symbol) is not plain JSON"],
  ["a key that is a symbol", { [Symbol("s")]: true }, "value (Object) is not plain JSON"],
  ["a form", { form: new FormData() }, "value.form (FormData) is not plain JSON"],
  ["a blob", { blob: new Blob(["a"]) }, "value.blob (Blob) is not plain JSON"],
  ["a stream", { body: new ReadableStream() }, "value.body (ReadableStream) is not plain JSON"],
  ["a Response", { response: new Response("a") }, "value.response (Response) is not plain JSON"],
  ["a weak map", { map: new WeakMap() }, "value.map (WeakMap) is not plain JSON"],
  ["an instance, though its fields would survive", { at: new Point() }, "value.at (Point) is not plain JSON"],
  ["an instance at the top", new Point(), "value (Point) is not plain JSON"],
  ["an object that inherits data", { o: Object.create({ a: 1 }) }, "value.o (Object) is not plain JSON"],
  ["a boxed number", { n: Object(1) }, "value.n (Number) is not plain JSON"],
  ["NaN", { n: Number.NaN }, "value.n (NaN) is not plain JSON"],
  ["infinity", [[Number.NEGATIVE_INFINITY]], "value[0][0] (-Infinity) is not plain JSON"],
  ["NaN at the top", Number.NaN, "value (NaN) is not plain JSON"],
  ["a BigInt", { rows: [{ id: 1n }] }, "value.rows[0].id (BigInt) is not plain JSON"],
  ["a BigInt at the top", 1n, "value (BigInt) is not plain JSON"],
  ["a function at the top", throwing, "value (Function) is not plain JSON"],
  ["undefined in a list", [1, undefined], "value[1] (undefined) is not plain JSON"],
  // biome-ignore lint/suspicious/noSparseArray: that is what is tested
  ["a hole in a list", [1, , 3], "value[1] (undefined) is not plain JSON"],
  ["a list with more than its items", "abc".match(/b/), "value (Array) is not plain JSON"],
  ["a date that is none", { at: new Date(Number.NaN) }, "value.at (Date) is not plain JSON"],
  ["a circle", circle, "circular"],
  ["more levels than the stack holds", nested(200_000), "call stack"],
  ["a toJSON that is data", { a: { toJSON: "data" } }, "toJSON is not a function"],
  ["a toJSON that throws", { a: { toJSON: throwing } }, "not today"],
  [
    "a toJSON that hides a Set",
    { a: { toJSON: () => ({ b: new Set() }) } },
    "value.a.b (Set) is not plain JSON",
  ],
  ["a toJSON that gives nothing at the top", { toJSON: () => undefined }, "value (Object) is not plain JSON"],
  ["a getter that throws", Object.defineProperty({}, "a", { enumerable: true, get: throwing }), "not today"],
  ["a proxy that throws", { a: new Proxy({}, { ownKeys: throwing }) }, "not today"],
  ["a revoked proxy", { a: revoked() }, "revoked"],
])(
  "%s inside a value: the caller gets the value as it was loaded, nothing is stored, and an event says where it is",
  async (_, value, why) => {
    const { given, refusals, here, elsewhere } = await roundTrip(value);
    expect(given).toBe(value);
    expect([here, elsewhere]).toEqual([undefined, undefined]);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({
      key: "k",
      reason: "not-serializable",
      error: { code: "not-serializable" },
    });
    expect(refusals[0]?.error?.message).toContain(why);
    // Events go to logs, so the message must stay short.
    expect(refusals[0]?.error?.message.length).toBeLessThan(400);
  },
);

test("a value that reads differently the second time is refused, not stored as it was the first time", async () => {
  let reads = 0;
  const fickle = {
    get a() {
      return reads++ === 0 ? {} : new Set();
    },
  };
  const { given, refusals, elsewhere } = await roundTrip(fickle);
  expect(given).toBe(fickle);
  expect(refusals[0]?.error?.message).toContain("value.a (Set) is not plain JSON");
  expect(elsewhere).toBeUndefined();
});

test.each<[string, unknown, unknown]>([
  ["members that are undefined are left out", { a: 1, b: undefined }, { a: 1 }],
  ["a Date is a string", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
  ["so is a URL: a toJSON decides", [new URL("https://a/b")], ["https://a/b"]],
  ["an instance with a toJSON", { p: Object.assign(new Point(), { toJSON: () => [1, 2] }) }, { p: [1, 2] }],
  ["minus zero is zero", [-0], [0]],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["a list of a class of its own", { rows: class Rows extends Array {}.of(1, 2) }, { rows: [1, 2] }],
  ["a surrogate without its pair", ["\ud800"], ["\ud800"]],
  ["text that looks like a key of the prototype", { a: "__proto__" }, { a: "__proto__" }],
  ["a thousand levels", nested(1_000), nested(1_000)],
  [
    "a getter",
    {
      get a() {
        return 1;
      },
    },
    { a: 1 },
  ],
  ["a proxy of plain data", new Proxy({ a: [1] }, {}), { a: [1] }],
])("%s, for the caller that loads and for all others", async (_, value, expected) => {
  const { given, refusals, here, elsewhere } = await roundTrip(value);
  expect(refusals).toEqual([]);
  for (const one of [given, here, elsewhere]) expect(one).toStrictEqual(expected);
});

test("a member named __proto__ is a member, and pollutes nothing", async () => {
  const value = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  const { given, refusals, elsewhere } = await roundTrip(value);
  expect(refusals).toEqual([]);
  for (const one of [given, elsewhere]) {
    expect(JSON.stringify(one)).toBe(JSON.stringify(value));
    expect(Object.getPrototypeOf(one)).toBe(Object.prototype);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test("a wide value is kept, and does not overflow the stack", async () => {
  const wide = { list: Array.from({ length: 300_000 }, (_, n) => n % 10), [`k${"x".repeat(1_000)}`]: 1 };
  for (let n = 0; n < 50_000; n++) (wide as Record<string, unknown>)[`k${n}`] = n;
  const { given, refusals, elsewhere } = await roundTrip(wide);
  expect(refusals).toEqual([]);
  expect(isDeepStrictEqual(given, wide)).toBe(true);
  expect(isDeepStrictEqual(elsewhere, wide)).toBe(true);
});

test("a caller that waited for a value that cannot be shared loads it itself", async () => {
  const { isolate } = laboratory();
  const { cache, again } = isolate();
  const slow = gate<{ tags: Set<string> }>();
  const readers = [cache, again(), again()].map((one) => one.getOrSet("k", slow.load));
  for (const tag of ["a", "b", "c"]) {
    await settle();
    slow.open({ tags: new Set([tag]) });
  }
  const values = await Promise.all(readers);
  expect(new Set(values.flatMap(({ tags }) => [...tags]))).toEqual(new Set(["a", "b", "c"]));
  expect(slow.calls()).toBe(3);
});

test("set refuses with an error, and the old value is no longer served here", async () => {
  const { isolate } = laboratory();
  const { cache, trace } = isolate();
  await cache.set("k", "old");
  await expect(cache.set("k", { tags: new Set() })).rejects.toMatchObject({
    name: "CacheError",
    code: "not-serializable",
    message: expect.stringContaining("value.tags (Set) is not plain JSON"),
  });
  expect(trace).toContain("refuse not-serializable k");
  expect(await cache.get("k")).toBeUndefined();
});

test("I9. a write whose result cannot be stored succeeds, reports it once, and leaves no old value anywhere", async () => {
  const { isolate, background } = laboratory();
  const { cache, trace } = isolate();
  await cache.set("k", "old");
  trace.length = 0;
  const result = { tags: new Set(["a"]) };
  expect(await cache.write("k", () => result)).toBe(result);
  await background();
  expect(trace.filter((line) => !line.startsWith("invalidate"))).toEqual(["refuse not-serializable k"]);
  expect([await cache.get("k"), await isolate().cache.get("k")]).toEqual([undefined, undefined]);
});

test("getMany and revalidate also return what was loaded", async () => {
  const { isolate, background } = laboratory();
  const { cache, trace } = isolate();
  const bad = { tags: new Set() };
  const found = await cache.getMany<unknown>(["bad", "good"], () => ({ bad, good: 1 }));
  expect(found.get("bad")).toBe(bad);
  await cache.set("k", "old");
  expect((await cache.revalidate<unknown>("k", () => bad)).value).toBe(bad);
  await background();
  expect(trace.filter((line) => line.startsWith("refuse"))).toEqual([
    "refuse not-serializable bad",
    "refuse not-serializable k",
  ]);
  const elsewhere = isolate().cache;
  expect([await elsewhere.get("bad"), await elsewhere.get("good"), await elsewhere.get("k")]).toEqual([
    undefined,
    1,
    undefined,
  ]);
});

test("a custom codec decides for itself, and one that cannot read what it wrote stores nothing", async () => {
  const { isolate } = laboratory();
  const sets = {
    encode: (value: unknown) => JSON.stringify([...(value as Set<unknown>)]),
    decode: (text: string) => new Set(JSON.parse(text)),
  };
  const { cache } = isolate({ codec: sets });
  await cache.getOrSet("k", () => new Set([1]));
  expect(await cache.get("k")).toEqual(new Set([1]));
  const broken = isolate({ codec: { ...sets, decode: throwing } });
  const value = new Set([2]);
  expect(await broken.cache.getOrSet("k", () => value)).toBe(value);
  expect(broken.trace).toContain("refuse not-serializable k");
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
