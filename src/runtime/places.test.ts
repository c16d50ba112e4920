import { expect, it } from "vitest";
import { Places } from "./places.ts";
import { VirtualClock } from "./virtual-clock.ts";

const HELD_MS = 1_000;

it("gives so many places and no more, and each again when it is given back", () => {
  const places = new Places(new VirtualClock(), 2, HELD_MS);
  const [first, second] = [places.take(), places.take()];
  expect(places.take()).toBeUndefined();
  first?.();
  first?.();
  expect(places.take()).toBeDefined();
  expect(places.take()).toBeUndefined();
  second?.();
  expect(places.take()).toBeDefined();
});

it("takes a place back from whoever keeps it too long, and what they give back then is nobody else's", async () => {
  const clock = new VirtualClock();
  const places = new Places(clock, 1, HELD_MS);
  const vanished = places.take();
  await clock.advance(HELD_MS - 1);
  expect(places.take()).toBeUndefined();
  await clock.advance(1);
  expect(places.take()).toBeDefined();
  vanished?.();
  expect(places.take()).toBeUndefined();
});
