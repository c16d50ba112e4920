import { expect, it } from "vitest";
import { boundOf } from "./bound.ts";

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
