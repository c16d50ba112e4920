import { expect, it } from "vitest";
import { VirtualClock } from "../../../runtime/virtual-clock.ts";
import { Usefulness } from "./usefulness.ts";

function start() {
  const clock = new VirtualClock();
  return { clock, usefulness: new Usefulness(clock) };
}

const look = (usefulness: Usefulness, times: number) => {
  for (let n = 0; n < times; n++) usefulness.foundNothing();
};

it("a place in which 32 looks found nothing is left alone for a minute, then twice as long, up to ten", async () => {
  const { clock, usefulness } = start();
  for (const pause of [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
    look(usefulness, 31);
    expect(usefulness.isWorthIt).toBe(true);
    look(usefulness, 1);
    expect(usefulness.isWorthIt).toBe(false);
    await clock.advance(pause - 1);
    expect(usefulness.isWorthIt).toBe(false);
    await clock.advance(1);
    expect(usefulness.isWorthIt).toBe(true);
  }
});

it("whatever is found begins the count anew, and the pauses", async () => {
  const { clock, usefulness } = start();
  look(usefulness, 32);
  await clock.advance(60_000);
  usefulness.found();
  for (let n = 0; n < 10; n++) {
    look(usefulness, 31);
    usefulness.found();
  }
  expect(usefulness.isWorthIt).toBe(true);
  look(usefulness, 32);
  expect(usefulness.isWorthIt).toBe(false);
  await clock.advance(60_000);
  expect(usefulness.isWorthIt).toBe(true);
});

it("I9. looks that fail or hang are enough sooner", () => {
  const { usefulness } = start();
  for (let n = 0; n < 3; n++) usefulness.failed();
  expect(usefulness.isWorthIt).toBe(true);
  usefulness.failed();
  expect(usefulness.isWorthIt).toBe(false);
});
