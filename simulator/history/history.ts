import type { Statement } from "../database/statement.ts";
import type { Leg } from "../platform/weather.ts";

/** One run of the whole system: plain data, so that it can be shrunk, printed and run again. */
export interface History {
  readonly settings: Settings;
  readonly events: readonly Event[];
}

export interface Settings {
  /** For what belongs to no event. */
  readonly seed: number;
  /** Fixed delays and no mishaps, but for what events say. */
  readonly isCalm: boolean;
  /** With a fence of four buckets. */
  readonly isSmall: boolean;
  readonly changesCome: "by-pull" | "by-webhook";
  /** Whether the database tells of commits at once, when changes are pulled. */
  readonly nudges: boolean;
  readonly isolates: number;
  readonly rowsPerPage: number;
  readonly maxKeys: number;
  readonly refillsPerMinute: number;
  readonly kvWritesPerDay: number;
  /** How often the keeper audits a key that nothing has invalidated, in milliseconds; 0: never. */
  readonly auditEveryMs: number;
  /** What the keeper is told of how long the API takes to learn of a changed schema; it takes no longer. */
  readonly schemaReloadMs: number;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  readonly originSlowness: number;
  readonly mishaps: "none" | "lossy" | "flaky" | "both";
  /** How far the database's clock is from true time. */
  readonly databaseOffset: number;
  /** Milliseconds in a unit of the events' time. */
  readonly pace: number;
  /** Events of other kinds of faults do not happen: each history has its own mixture. */
  readonly faults: readonly FaultKind[];
}

export type Event = { readonly at: number; readonly seed: number } & (ReadEvent | WriteEvent | FaultEvent);

export interface ReadEvent {
  readonly kind: "read";
  readonly isolate: number;
  readonly query: number;
  readonly boundMs: number;
  /** Null: a client that has written nothing. */
  readonly client: number | null;
  /** Milliseconds after which the caller goes away. */
  readonly cancelAfter: number | null;
  /** Whether what a cancelled request has anchored lives on. */
  readonly keepsWord: boolean;
}

export interface WriteEvent {
  readonly kind: "write";
  readonly client: number | null;
  readonly statements: readonly Statement[];
  /** Milliseconds from the first statement to the end. */
  readonly lasts: number;
  /** A forgotten transaction never ends. A prepared one survives a restart, and is committed long after. */
  readonly end: "commit" | "rollback" | "prepare" | "forget";
}

export type FaultEvent =
  | { readonly kind: "crash"; readonly storageLost: boolean }
  | { readonly kind: "supersede"; readonly lasts: number }
  | { readonly kind: "stall"; readonly lasts: number }
  | { readonly kind: "deploy" }
  | { readonly kind: "vanish"; readonly isolate: number }
  | { readonly kind: "sleep"; readonly isolate: number; readonly lasts: number }
  /** The clock of an isolate, or (null) of the keeper, is set. */
  | { readonly kind: "step"; readonly isolate: number | null; readonly by: number }
  | { readonly kind: "prune"; readonly keep: number }
  | { readonly kind: "restart" }
  | { readonly kind: "restore"; readonly commitsAgo: number }
  | { readonly kind: "reload" }
  | { readonly kind: "down"; readonly lasts: number; readonly hangs: boolean }
  /** Null: everything. */
  | { readonly kind: "purge"; readonly query: number | null }
  | { readonly kind: "weather"; readonly leg: Leg; readonly takes: number | null };

export type FaultKind = FaultEvent["kind"];

export const FAULT_KINDS: readonly FaultKind[] = [
  "crash",
  "supersede",
  "stall",
  "deploy",
  "vanish",
  "sleep",
  "step",
  "prune",
  "restart",
  "restore",
  "reload",
  "down",
  "purge",
  "weather",
];
