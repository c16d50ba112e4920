import { expect, test } from "vitest";
import { untilMidnight } from "./midnight.ts";

const at = (iso: string) => ({ now: () => Date.parse(iso), sleep: async () => {}, after: () => () => {} });

test.each([
  ["UTC", "2026-08-01T23:00:00Z", 3_600],
  ["UTC", "2026-08-01T00:00:00Z", 86_400],
  ["Europe/Berlin", "2026-08-01T20:00:00Z", 7_200],
  ["Asia/Kolkata", "2026-08-01T18:00:00Z", 1_800],
  ["America/New_York", "2026-08-01T12:00:00.500Z", 57_599.5],
  // Clocks go forward: a day of 23 hours.
  ["Europe/Berlin", "2026-03-28T23:00:00Z", 23 * 3_600],
  // and back: 25 hours
  ["Europe/Berlin", "2026-10-24T22:00:00Z", 25 * 3_600],
  // The skipped hour begins at midnight, so the day begins at one.
  ["Africa/Cairo", "2026-04-23T21:00:00Z", 3_600],
])("in %s at %s it is %s seconds", (zone, now, seconds) => {
  expect(untilMidnight(zone, at(now))).toBe(seconds);
});

test("never below a minute, the shortest life of a value in KV", () => {
  expect(untilMidnight("UTC", at("2026-08-01T23:59:59Z"))).toBe(60);
});

test("an unknown time zone is an error", () => {
  expect(() => untilMidnight("Mars/Olympus", at("2026-08-01T00:00:00Z"))).toThrow(RangeError);
});
