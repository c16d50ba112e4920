import fc from "fast-check";
import { PEOPLE } from "../database/people.ts";
import { SIGNED_IN_QUERIES, SIGNED_IN_TABLES } from "../database/signed-in-queries.ts";
import type { Statement } from "../database/statement.ts";
import type { Event, SessionEvent, SignedInReadEvent, SignedInSettings, WriteEvent } from "./history.ts";
import { boundMs, cancelAfter, isolate, milliseconds } from "./parts.ts";

const HOUR_MS = 3_600_000;

const person = fc.nat(PEOPLE.length - 1);

const read: fc.Arbitrary<SignedInReadEvent> = fc.record({
  kind: fc.constant("signed-in-read" as const),
  isolate,
  query: fc.nat(SIGNED_IN_QUERIES.length - 1),
  boundMs,
  person,
  back: fc.constantFrom(0, 0, 0, 1),
  cancelAfter,
  keepsWord: fc.boolean(),
});

const statement: fc.Arbitrary<Statement> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constantFrom("put" as const, "put" as const, "put" as const, "move" as const, "delete" as const),
      table: fc.constantFrom(...SIGNED_IN_TABLES),
      id: fc.integer({ min: 1, max: 4 }),
      of: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom("own-posts" as const, "docs-by-claim" as const, "grant" as const),
    }),
  },
);

const write: fc.Arbitrary<WriteEvent> = fc.record({
  kind: fc.constant("write" as const),
  client: fc.constant(null),
  statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
  lasts: milliseconds,
  end: fc.constantFrom(...(["commit", "commit", "commit", "commit", "rollback"] as const)),
});

const session: fc.Arbitrary<SessionEvent> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("refresh" as const),
      person,
      lasts: fc.constantFrom(HOUR_MS, 20_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), person }) },
);

const event: fc.Arbitrary<Event> = fc
  .tuple(
    fc.nat(1_000),
    fc.nat(1_000_000),
    fc.oneof(
      { weight: 8, arbitrary: read },
      { weight: 3, arbitrary: write },
      { weight: 1, arbitrary: session },
    ),
  )
  .map(([at, seed, what]) => ({ at, seed, ...what }));

const settings: fc.Arbitrary<SignedInSettings> = fc.record({
  recheckMs: fc.constantFrom(300_000, 300_000, 5_000, 30_000),
  tokenMs: fc.constantFrom(HOUR_MS, HOUR_MS, 20_000),
});

/** Those who sign in, in one history of three. */
export const signedIn = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record({ settings, events: fc.array(event, { minLength: 1, maxLength: 40, size: "max" }) }),
  },
);
