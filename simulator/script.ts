import type { Statement } from "./database/statement.ts";
import { type Event, FAULT_KINDS, type FaultEvent, type Settings } from "./history/history.ts";

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
