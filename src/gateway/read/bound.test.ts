import { expect, it } from "vitest";
import { boundOf, staleBeyond } from "./bound.ts";

it.each([
  [null, 10_000],
  ["no-cache", 0],
  ["max-age=0", 0],
  ["max-age=3", 3_000],
  ["max-age=60", 10_000],
  ["Max-Age=2, stale-if-error=5", 2_000],
  ["only-if-cached, no-cache", 0],
  ["max-age=-1", 10_000],
  ["max-age=abc", 10_000],
  ["max-age", 10_000],
  ["", 10_000],
])("Cache-Control %j of a request makes a bound of 10 s one of %i ms", (header, bound) => {
  expect(boundOf(header, 10_000)).toBe(bound);
});

it.each([
  [null, 300_000],
  ["no-store", 300_000],
  ["max-age=3600", 300_000],
  // The reader's own limit holds for the sum.
  ["max-age=100", 90_000],
  ["max-age=10", 0],
  ["max-age=9", 0],
  ["max-age=0", 0],
  ["no-cache", 0],
  ["no-cache, max-age=3600", 0],
])("L2. Cache-Control %j leaves of 5 min of staleWhileRevalidate beyond 10 s %i ms", (header, stale) => {
  const table = { freshnessMs: 10_000, staleWhileRevalidateMs: 300_000 };
  expect(staleBeyond(boundOf(header, table.freshnessMs), header, table)).toBe(stale);
});

it("L2. a table that asks every time may still answer first, but no strict reader", () => {
  const table = { freshnessMs: 0, staleWhileRevalidateMs: 300_000 };
  expect(staleBeyond(0, null, table)).toBe(300_000);
  expect(staleBeyond(0, "no-cache", table)).toBe(0);
});
