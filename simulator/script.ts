import type { TableName } from "./database/rows.ts";
import type { Statement } from "./database/statement.ts";
import { type Event, FAULT_KINDS, type FaultEvent, type Settings } from "./history/history.ts";
import { NO_TIERS } from "./history/tiers.ts";

/** Vocabulary for handwritten histories, which are calm and have a fence of four buckets unless they say otherwise. */
export const CALM: Settings = {
  ...{ seed: 1, isCalm: true, isSmall: true, changesCome: "by-pull", nudges: false, isolates: 2 },
  ...{ rowsPerPage: 1_000, maxKeys: 1_000, refillsPerMinute: 0, kvWritesPerDay: 100_000, auditEveryMs: 0 },
  ...{
    ttlMs: 3_600_000,
    staleIfErrorMs: 0,
    schemaReloadMs: 0,
    originSlowness: 1,
    mishaps: "none",
    databaseOffset: 0,
    pace: 1,
  },
  faults: FAULT_KINDS,
  signedIn: null,
  mirrors: null,
  ...NO_TIERS,
};

/** Numbers of queries in `queries.ts`. In a fence of four buckets the first two have the same one. */
export const [ITEM_1, ITEMS_OF_2, FIRST_ITEMS, IDS_OF_ITEMS, ITEMS, NOTES, EMBED] = [
  0, 1, 2, 3, 4, 6, 7,
] as const;

export const read = (at: number, query: number, boundMs = 0, isolate = 0, seed = 1): Event => ({
  ...{ at, seed, kind: "read", isolate, query, boundMs, client: null, cancelAfter: null, keepsWord: true },
});

export const write = (at: number, lasts: number, ...statements: Statement[]): Event => ({
  ...{ at, seed: 1, kind: "write", client: null, statements, lasts, end: "commit" },
});

export const item = (id: number, of = 1): Statement => ({ op: "put", table: "items", id, of });
export const note = (id: number): Statement => ({ op: "put", table: "notes", id, of: 1 });
export const fault = (at: number, event: FaultEvent): Event => ({ at, seed: 1, ...event });
export const prune = (at: number): Event => fault(at, { kind: "prune", keep: 0 });
export const delay = (at: number, takes: number | null): Event =>
  fault(at, { kind: "weather", leg: "from-keeper", takes });

/** By a client that reads its own writes. */
export const own = (event: Event): Event => ({ ...event, client: 0 }) as Event;

/** Calm, with people who sign in. */
export const SIGNED_IN: Settings = {
  ...CALM,
  signedIn: { recheckMs: 300_000, tokenMs: 3_600_000 },
};

/** Numbers of queries in `signed-in-queries.ts`. */
export const [POSTS, BOOKMARKS, DOCS, , MEMBERSHIPS, , POST_1] = [0, 1, 2, 3, 4, 5, 6] as const;

/** With the person's latest token. A bound of a minute asks for no pull. */
export const by = (person: number, at: number, query: number, boundMs = 60_000, isolate = 0): Event => ({
  ...{ at, seed: 1, kind: "signed-in-read", isolate, query, boundMs, person, client: null, back: 0 },
  ...{ cancelAfter: null, keepsWord: true },
});

export const put = (table: TableName, id: number, of: number): Statement => ({ op: "put", table, id, of });

/** Everybody reads once in both isolates, so that their tokens are known there from 400 on. */
export const introduced = (...people: readonly number[]): Event[] =>
  people.flatMap((person) => [
    by(person, 100, MEMBERSHIPS),
    by(person, 100, MEMBERSHIPS, 60_000, 1),
    by(person, 400, MEMBERSHIPS),
    by(person, 400, MEMBERSHIPS, 60_000, 1),
  ]);

/** Two people get the same answers until what one of them was given may be the other's, from 1500 on. */
export const trusted = (one: number, other: number, query: number): Event[] => [
  ...[by(one, 1_000, query), by(other, 1_100, query), by(one, 1_200, query), by(other, 1_300, query)],
];
