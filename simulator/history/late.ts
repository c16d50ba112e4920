import fc from "fast-check";
import type { Event, Settings } from "./history.ts";
import { readAgain } from "./parts.ts";

/** How many histories of ten have them, unless somebody asks for another share. */
export const LATE = 3;

export interface WithLate {
  readonly settings: Pick<Settings, "schemaReloadMs" | "pace">;
  readonly events: readonly Event[];
}

/** A little later than all others, or much. */
const takes = fc.oneof(fc.nat(1_000), fc.nat(4_900));

/** Of what the keeper asks: its schema and its pulls, and bodies. */
const leg = fc.constantFrom(
  ...(["to-database", "from-database"] as const),
  ...(["to-database", "from-database"] as const),
  ...(["to-origin", "from-origin"] as const),
);

const lateMessage: fc.Arbitrary<Event> = fc.record({
  at: fc.oneof(fc.constant(0), fc.nat(1_000)),
  seed: fc.constant(0),
  kind: fc.constant("late-message" as const),
  leg,
  after: fc.nat(3),
  takes,
});

/** Of the rows that the first queries show. */
const writeAgain: fc.Arbitrary<Event> = fc.record({
  at: fc.nat(1_000),
  seed: fc.nat(1_000_000),
  kind: fc.constant("write" as const),
  client: fc.constant(null),
  statements: fc.tuple(
    fc.record({
      op: fc.constantFrom("put" as const, "put" as const, "delete" as const),
      table: fc.constant("items" as const),
      id: fc.integer({ min: 1, max: 2 }),
      of: fc.integer({ min: 1, max: 2 }),
    }),
  ),
  lasts: fc.nat(500),
  end: fc.constant("commit" as const),
});

/** An API that is late with a changed schema, and single messages that are overtaken by those after them. */
export const lateMessages: fc.Arbitrary<WithLate> = fc
  .record({
    // So much happens in so short a time that messages are overtaken by more than one.
    settings: fc.record({
      schemaReloadMs: fc.constantFrom(300, 3_000, 30_000),
      pace: fc.constantFrom(1, 5, 20),
    }),
    late: fc.array(lateMessage, { minLength: 1, maxLength: 6, size: "max" }),
    reads: fc.array(readAgain, { minLength: 5, maxLength: 15, size: "max" }),
    writes: fc.array(writeAgain, { minLength: 2, maxLength: 6, size: "max" }),
  })
  .map(({ settings, late, reads, writes }) => ({ settings, events: [...late, ...reads, ...writes] }));
