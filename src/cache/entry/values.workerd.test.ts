import { expect, test } from "vitest";
import { createCache } from "../create.ts";
import type { CacheEvent } from "./events.ts";

// workerd's JSON nests deeper than its stack allows, and workerd has classes of its own.

const nested = (levels: number) => {
  let value: unknown = "x";
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

async function roundTrip(value: unknown) {
  const refusals: string[] = [];
  const onEvent = (event: CacheEvent) => {
    if (event.type === "refuse") refusals.push(`${event.error?.message}`);
  };
  const cache = createCache({ onEvent, maxValueLength: 100_000_000 });
  return { given: await cache.getOrSet("k", () => value), refusals, there: await cache.get("k") };
}

test.each([10, 1_000, 3_000, 10_000, 100_000])(
  "a value of %d levels is kept, or returned as it was loaded, and does not overflow the stack",
  async (levels) => {
    const value = nested(levels);
    const { given, refusals, there } = await roundTrip(value);
    if (refusals.length > 0) expect(given).toBe(value);
    else expect(JSON.stringify(there)).toBe(JSON.stringify(value));
    expect(refusals.length > 0).toBe(there === undefined);
    if (levels <= 1_000) expect(refusals).toEqual([]);
  },
);

test.each<[string, unknown]>([
  ["Response", new Response("a")],
  ["Request", new Request("https://a.example")],
  ["Headers", new Headers()],
  ["FormData", new FormData()],
  ["Blob", new Blob(["a"])],
  ["ReadableStream", new ReadableStream()],
  ["URLSearchParams", new URLSearchParams()],
  ["AbortSignal", new AbortController().signal],
  ["CryptoKey", undefined],
])("a %s inside of a value is not kept", async (name, inner) => {
  const value = {
    a: [inner ?? (await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]))],
  };
  const { given, refusals, there } = await roundTrip(value);
  expect(given).toBe(value);
  expect(there).toBeUndefined();
  expect(refusals).toEqual([expect.stringContaining(`value.a[0] (${name}) is not plain JSON`)]);
});
