import fc from "fast-check";
import type { Event } from "./history.ts";

export const ISOLATES = 4;

/** Mostly short, sometimes long. */
export const milliseconds = fc.oneof(
  { weight: 3, arbitrary: fc.nat(20) },
  { weight: 3, arbitrary: fc.nat(500) },
  { weight: 2, arbitrary: fc.nat(5_000) },
  { weight: 1, arbitrary: fc.nat(40_000) },
);

export const isolate = fc.nat(ISOLATES - 1);

export const boundMs = fc.constantFrom(0, 1_000, 10_000, 60_000);

export const cancelAfter = fc.oneof(
  { weight: 9, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.nat(1_000) },
);

/** Some keys are read again and again by isolates that share something, and not strictly. */
export const readAgain: fc.Arbitrary<Event> = fc.record({
  at: fc.nat(1_000),
  seed: fc.nat(1_000_000),
  kind: fc.constant("read" as const),
  isolate,
  query: fc.nat(2),
  boundMs: fc.constantFrom(1_000, 10_000, 10_000, 60_000),
  client: fc.constantFrom(null, null, 0),
  cancelAfter: fc.constant(null),
  keepsWord: fc.constant(true),
});
