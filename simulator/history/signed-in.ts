import fc from "fast-check";
import { PEOPLE } from "../database/people.ts";
import { SIGNED_IN_QUERIES, SIGNED_IN_TABLES } from "../database/signed-in-queries.ts";
import type { Statement } from "../database/statement.ts";
import type { Event, SessionEvent, SignedInReadEvent, SignedInSettings, WriteEvent } from "./history.ts";
import { boundMs, cancelAfter, ISOLATES, isolate, milliseconds } from "./parts.ts";

const HOUR_MS = 3_600_000;

/** What changes who gets which answer to a query. */
const RACES = [
  { query: 0, table: "posts", op: "own-posts" },
  { query: 6, table: "posts", op: "own-posts" },
  { query: 1, table: "bookmarks", op: "grant" },
  { query: 2, table: "docs", op: "docs-by-claim" },
] as const;

const person = fc.nat(PEOPLE.length - 1);

const read: fc.Arbitrary<SignedInReadEvent> = fc.record({
  kind: fc.constant("signed-in-read" as const),
  isolate,
  query: fc.nat(SIGNED_IN_QUERIES.length - 1),
  boundMs,
  person,
  client: fc.constant(null),
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

type Read = Pick<SignedInReadEvent, "isolate" | "query" | "boundMs" | "person">;

const plainRead = (at: number, seed: number, asked: Read): Event => ({
  ...{ at, seed, kind: "signed-in-read", ...asked },
  ...{ client: null, back: 0, cancelAfter: null, keepsWord: true },
});

/** Everybody reads everywhere, by which their tokens become known. The first pull makes the keeper forget whom it knew. */
function introductions(people: readonly number[], isolates: number, query: number): Event[] {
  return [0, 200, 400].flatMap((at) =>
    people.flatMap((person) =>
      Array.from({ length: isolates }, (_, isolate) =>
        plainRead(at, at + person * ISOLATES + isolate, { isolate, query, boundMs: 60_000, person }),
      ),
    ),
  );
}

/** While one of them asks strictly, policies or roles change; the next one takes what there is. */
interface Race {
  readonly at: number;
  readonly seed: number;
  readonly turns: number;
  readonly first: number;
  readonly isolates: number;
  readonly changeAfter: number;
  readonly readAfter: number;
}

const race: fc.Arbitrary<Race> = fc.record({
  at: fc.integer({ min: 500, max: 3_000 }),
  seed: fc.nat(1_000_000),
  turns: fc.nat(RACES.length - 1),
  first: fc.nat(2),
  isolates: fc.nat(3),
  changeAfter: fc.nat(4),
  readAfter: fc.nat(8),
});

function eventsOf(
  { at, seed, turns, first, isolates, changeAfter, readAfter }: Race,
  people: readonly number[],
) {
  const { query, table, op } = RACES[turns] as (typeof RACES)[number];
  const person = (number: number) => people[number % people.length] ?? 0;
  const of = PEOPLE[person(first)]?.user ?? 1;
  const changed: Event = {
    ...{ at: at + changeAfter, seed, kind: "write", client: null, lasts: 0, end: "commit" },
    statements: [{ op }, { op: "put", table, id: 1, of }],
  };
  const [one, other] = [isolates & 1, isolates >> 1];
  const asks = (when: number, number: number, isolate: number, boundMs: number) =>
    plainRead(when, seed + when, { isolate, query, boundMs, person: person(number) });
  return [
    // So that the one's answer may be the other's.
    ...[asks(at - 200, first, one, 60_000), asks(at - 100, first + 1, other, 60_000)],
    ...[asks(at, first, one, 0), changed],
    asks(at + changeAfter + readAfter, first + 1, other, 60_000),
  ];
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
    races: fc.array(race, { maxLength: 3 }),
  })
  .map(({ settings, people, queries, isolates, areKnown, events, races }) => {
    const asked = events.map(
      (each): Event => ({
        ...each,
        // Some read and write in an application that shows them their own writes.
        ...("client" in each && { client: each.seed % 4 === 0 ? 0 : null }),
        ...("person" in each && { person: people[each.person % people.length] ?? 0 }),
        ...(each.kind === "signed-in-read" && {
          query: queries[each.query % queries.length] ?? 0,
          isolate: each.isolate % isolates,
        }),
      }),
    );
    const known = areKnown ? introductions(people, isolates, queries[0] ?? 0) : [];
    return { settings, events: [...known, ...asked, ...races.flatMap((each) => eventsOf(each, people))] };
  });

/** Those who sign in, in one history of three. */
export const signedIn = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: crowd },
);
