import { expect, test } from "vitest";
import { SingleFlight } from "./single-flight.ts";
import { settle, VirtualClock } from "./virtual-clock.ts";

const EXPIRY_MS = 5_000;
const start = () => {
  const clock = new VirtualClock();
  return { clock, flights: new SingleFlight<string>(clock, EXPIRY_MS) };
};

test("one leads, the others wait and get its result", async () => {
  const { clock, flights } = start();
  const flight = flights.lead("k");
  expect(flight?.startedAt).toBe(clock.now());
  expect(flights.lead("k")).toBeUndefined();
  const followers = [flights.join("k", 1_000), flights.join("k", 1_000)];
  flight?.land("body");
  expect(await Promise.all(followers)).toEqual(["body", "body"]);
  expect(clock.sleeping).toBe(0);
  expect(flights.lead("k")).toBeDefined();
});

test("joining a key without a flight returns at once", async () => {
  const { flights } = start();
  expect(await flights.join("k", 1_000)).toBeUndefined();
});

test("I10. a follower waits under its own deadline if the leader has vanished", async () => {
  const { clock, flights } = start();
  flights.lead("k"); // its invocation was cancelled: this flight never lands
  const join = flights.join("k", 1_000);
  await clock.advance(1_000);
  expect(await join).toBeUndefined();
});

test("I10. a cancelled leader does not block the key: its flight expires and another leads", async () => {
  const { clock, flights } = start();
  flights.lead("k");
  await clock.advance(EXPIRY_MS - 1);
  expect(flights.lead("k")).toBeUndefined();
  expect(flights.remaining("k")).toBe(1);
  await clock.advance(1);
  expect(flights.lead("k")).toBeDefined();
});

test("I10. a clock that is set back does not keep a dead flight alive", () => {
  const { clock, flights } = start();
  flights.lead("k");
  clock.step(-3_600_000);
  expect(flights.lead("k")).toBeDefined();
});

test("a leader that lands late does not end its successor's flight", async () => {
  const { clock, flights } = start();
  const late = flights.lead("k");
  await clock.advance(EXPIRY_MS);
  const successor = flights.lead("k");
  const follower = flights.join("k", 1_000);
  late?.land("old");
  expect(flights.lead("k")).toBeUndefined();
  successor?.land("new");
  expect(await follower).toBe("new");
});

test("I2. a flight below the position that the caller needs is superseded, not joined", async () => {
  const { flights } = start();
  const before = flights.lead("k", 1);
  const earlier = flights.join("k", 1_000);
  expect(flights.lead("k", 2, 1)).toBeUndefined();
  const after = flights.lead("k", 2, 2);
  const later = flights.join("k", 1_000);
  before?.land("old");
  after?.land("new");
  expect(await earlier).toBe("old");
  expect(await later).toBe("new");
});

test("I11. flights that never land are forgotten with the next flight of any key", async () => {
  const { clock, flights } = start();
  for (let n = 0; n < 100; n++) flights.lead(`k${n}`);
  await clock.advance(EXPIRY_MS);
  flights.lead("other");
  await settle();
  for (let n = 0; n < 100; n++) expect(flights.remaining(`k${n}`)).toBe(0);
});
