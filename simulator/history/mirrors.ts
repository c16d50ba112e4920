import fc from "fast-check";
import type { Event, MirrorFaultEvent, MirrorsSettings } from "./history.ts";
import { milliseconds, readAgain } from "./parts.ts";

const MIRRORS = 3;

/** How many histories of ten have mirrors, unless somebody asks for another share. */
export const MIRRORED = 4;

const mirror = fc.nat(MIRRORS - 1);

const fault: fc.Arbitrary<MirrorFaultEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("mirror-crash" as const), mirror }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("mirror-twice" as const), mirror, lasts: milliseconds }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("mirror-stall" as const), mirror, lasts: milliseconds }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("mirror-step" as const),
      mirror,
      by: fc.oneof(fc.integer({ min: -100_000, max: -1_100 }), fc.integer({ min: 100, max: 100_000 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("mirror-cut" as const),
      mirror,
      from: fc.constantFrom("keeper" as const, "isolates" as const),
      lasts: milliseconds,
    }),
  },
);

const event: fc.Arbitrary<Event> = fc
  .tuple(fc.nat(1_000), fc.nat(1_000_000), fault)
  .map(([at, seed, what]) => ({ at, seed, ...what }));

const settings: fc.Arbitrary<MirrorsSettings> = fc.record({
  count: fc.constantFrom(1, 1, 2, MIRRORS),
  refillsPerMinute: fc.constantFrom(0, 1_000),
  // Some bodies are displaced.
  memoryBytes: fc.constantFrom(1_000_000, 6_000),
});

export interface WithMirrors {
  readonly settings: MirrorsSettings;
  readonly events: readonly Event[];
}

/** Mirrors, and what befalls them. */
export const mirrors: fc.Arbitrary<WithMirrors> = fc
  .record({
    settings,
    faults: fc.array(event, { maxLength: 6, size: "max" }),
    reads: fc.array(readAgain, { minLength: 5, maxLength: 20, size: "max" }),
  })
  .map(({ settings, faults, reads }) => ({ settings, events: [...faults, ...reads] }));
