import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  [0, 0],
  [0.5, 500],
  [86_400, 86_400_000],
  ["250ms", 250],
  ["1.5s", 1_500],
  ["300000s", 300_000_000],
  ["30d", 2_592_000_000],
])("%j are %d ms", (duration, ms) => {
  expect(parseDuration(duration)).toBe(ms);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 86_400.1, 300_000, "", "5", "5 m", "-5s", "1w"])(
  "%j is none",
  (duration) => {
    expect(() => parseDuration(duration)).toThrow(RangeError);
  },
);

test("a larger number may be allowed for, but never infinity", () => {
  expect(parseDuration(300_000, Number.POSITIVE_INFINITY)).toBe(300_000_000);
  expect(() => parseDuration(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toThrow(RangeError);
});
