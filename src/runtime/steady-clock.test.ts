import { expect, it } from "vitest";
import { SteadyClock, TICK_MS } from "./steady-clock.ts";

const clock = {
  time: 1_800_000_000_000,
  now: () => clock.time,
  sleep: () => Promise.resolve(),
  after: () => () => {},
};

it("I1. two readings differ while the platform's clock stands still", () => {
  const isolate = new SteadyClock(clock, TICK_MS);
  const looks = Array.from({ length: 1_000 }, () => isolate.now());
  expect(new Set(looks).size).toBe(1_000);
  expect(looks.every((look) => look < clock.time + 2)).toBe(true);
});

it("I1. it continues from where it was when the platform's clock is set back", () => {
  const isolate = new SteadyClock(clock, TICK_MS);
  const before = isolate.now();
  clock.time -= 3_600_000;
  const after = isolate.now();
  expect(after).toBeGreaterThan(before);
  clock.time += 5_000;
  expect(isolate.now() - after).toBeCloseTo(5_000, 0);
});

it("it follows the platform's clock forward", () => {
  const isolate = new SteadyClock(clock, TICK_MS);
  const before = isolate.now();
  clock.time += 60_000;
  expect(isolate.now() - before).toBe(60_000);
});
