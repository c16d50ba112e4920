import { expect, it } from "vitest";
import { VirtualClock } from "../runtime/virtual-clock.ts";
import { Breaker } from "./breaker.ts";

function failed(times: number) {
  const clock = new VirtualClock();
  const breaker = new Breaker(clock);
  for (let n = 0; n < times; n++) breaker.failed();
  return { clock, breaker };
}

it("I9. opens after three failures in a row, not before", () => {
  expect(failed(2).breaker.open).toBe(false);
  expect(failed(3).breaker.open).toBe(true);
});

it("I9. closes after its pause, and one more failure opens it for twice as long, ten seconds at most", async () => {
  const { clock, breaker } = failed(3);
  for (const pause of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    await clock.advance(pause - 1);
    expect(breaker.open).toBe(true);
    await clock.advance(1);
    expect(breaker.open).toBe(false);
    breaker.failed();
  }
});

it("I9. counts failures that arrive while it is open as one", async () => {
  const { clock, breaker } = failed(50);
  await clock.advance(1_000);
  expect(breaker.open).toBe(false);
});

it("I9. forgets failures with a success", () => {
  const { breaker } = failed(2);
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  expect(breaker.open).toBe(false);
});

it("tells when it opens, every ten minutes while that lasts, and when a call succeeds again", async () => {
  const clock = new VirtualClock(0);
  const breaker = new Breaker(clock);
  const told: unknown[] = [];
  breaker.tell = (event) => told.push(event);
  for (const _ of [1, 2]) breaker.failed();
  breaker.succeeded();
  expect(told).toEqual([]);
  for (let second = 0; second < 615; second++) {
    breaker.failed();
    await clock.advance(1_000);
  }
  expect(told).toEqual([
    { event: "keeper-unreachable", since: "1970-01-01T00:00:02.000Z" },
    { event: "keeper-unreachable", since: "1970-01-01T00:00:02.000Z" },
  ]);
  breaker.succeeded();
  breaker.succeeded();
  expect(told.slice(2)).toEqual([{ event: "keeper-well", since: "1970-01-01T00:00:02.000Z" }]);
});
