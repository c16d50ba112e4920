import fc from "fast-check";
import { PEOPLE } from "../database/people.ts";
import { SIGNED_IN_QUERIES, SIGNED_IN_TABLES } from "../database/signed-in-queries.ts";
import type { Statement } from "../database/statement.ts";
import type { Event, SessionEvent, SignedInReadEvent, SignedInSettings, WriteEvent } from "./history.ts";
import { boundMs, cancelAfter, ISOLATES, isolate, milliseconds } from "./parts.ts";

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
    weight: 16,
    arbitrary: fc.record({
      op: fc.constantFrom("put" as const, "put" as const, "put" as const, "move" as const, "delete" as const),
      table: fc.constantFrom(...SIGNED_IN_TABLES),
      id: fc.integer({ min: 1, max: 4 }),
      of: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom(
        ...(["own-posts", "docs-by-claim", "grant", "grant", "own-posts", "opaque"] as const),
      ),
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
      lasts: fc.constantFrom(HOUR_MS, HOUR_MS, 20_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), person }) },
);

const event: fc.Arbitrary<Event> = fc
  .tuple(
    // It takes a while until a token is known.
    fc.oneof(fc.nat(1_000), fc.nat(3_000)),
    fc.nat(1_000_000),
    fc.oneof(
      { weight: 12, arbitrary: read },
      { weight: 3, arbitrary: write },
      { weight: 1, arbitrary: session },
    ),
  )
  .map(([at, seed, what]) => ({ at, seed, ...what }));

const settings: fc.Arbitrary<SignedInSettings> = fc.record({
  recheckMs: fc.constantFrom(300_000, 300_000, 300_000, 300_000, 30_000, 5_000),
  tokenMs: fc.constantFrom(HOUR_MS, HOUR_MS, HOUR_MS, HOUR_MS, 20_000),
});

/** Everybody reads once everywhere, by which their tokens become known. */
function introductions(people: readonly number[], isolates: number): Event[] {
  return people.flatMap((_, person) =>
    Array.from({ length: isolates }, (_, isolate): Event => {
      const at = { at: 0, seed: person * ISOLATES + isolate };
      const read = { query: 0, boundMs: 60_000, back: 0, cancelAfter: null, keepsWord: true };
      return { ...at, kind: "signed-in-read", ...read, isolate, person };
    }),
  );
}

/** A few people who ask much the same, so that they meet: a token must be read with before anything is shared by it. */
const crowd = fc
  .record({
    settings,
    people: fc.shuffledSubarray([...PEOPLE.keys()], { minLength: 2, maxLength: 3 }),
    queries: fc.shuffledSubarray([...SIGNED_IN_QUERIES.keys()], { minLength: 1, maxLength: 3 }),
    isolates: fc.integer({ min: 1, max: 2 }),
    areKnown: fc.constantFrom(true, true, true, false),
    events: fc.array(event, { minLength: 1, maxLength: 60, size: "max" }),
  })
  .map(({ settings, people, queries, isolates, areKnown, events }) => ({
    settings,
    events: (areKnown ? [...introductions(people, isolates), ...events] : events).map(
      (each): Event => ({
        ...each,
        ...("person" in each && { person: people[each.person % people.length] ?? 0 }),
        ...(each.kind === "signed-in-read" && {
          query: queries[each.query % queries.length] ?? 0,
          isolate: each.isolate % isolates,
        }),
      }),
    ),
  }));

/** Those who sign in, in one history of three. */
export const signedIn = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: crowd },
);
