import { expect, it } from "vitest";
import { Places } from "./places.ts";
import { VirtualClock } from "./virtual-clock.ts";

const HELD_MS = 1_000;

it("gives so many places and no more, and each again when it is given back", () => {
  const places = new Places(new VirtualClock(), 2, HELD_MS);
  const [first, second] = [places.take("a"), places.take("b")];
  expect(places.take("c")).toBeUndefined();
  first?.();
  first?.();
  expect(places.take("c")).toBeDefined();
  expect(places.take("d")).toBeUndefined();
  second?.();
  expect(places.take("d")).toBeDefined();
});

it("gives a client as many as it leaves free", () => {
  const places = new Places(new VirtualClock(), 8, HELD_MS);
  const takenBy = (client: string) =>
    Array.from({ length: 8 }, () => places.take(client)).filter(Boolean).length;
  expect([takenBy("a"), takenBy("b"), takenBy("c"), takenBy("a")]).toEqual([4, 2, 1, 0]);
});

it("takes a place back from whoever keeps it too long, and what they give back then is nobody else's", async () => {
  const clock = new VirtualClock();
  const places = new Places(clock, 1, HELD_MS);
  const vanished = places.take("a");
  await clock.advance(HELD_MS - 1);
  expect(places.take("a")).toBeUndefined();
  await clock.advance(1);
  expect(places.take("a")).toBeDefined();
  vanished?.();
  expect(places.take("a")).toBeUndefined();
});
