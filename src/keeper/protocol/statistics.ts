import type { DatabaseStatus } from "./database-status.ts";
import type { Mode, Position } from "./position.ts";

/** Counts that an isolate has gathered since it last reported. */
export interface Counts {
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly errors: number;
  /** Reads sent to the origin by the isolate itself. */
  readonly originRequests: number;
  readonly kvReads: number;
  readonly shadowReads: number;
  readonly shadowWrong: number;
}

/** What rides along on calls: counts, and a sample of the keys read since the last call. */
export interface UsageReport {
  readonly counts: Counts;
  readonly keysRead: readonly string[];
}

/** How often something took at most so long: not cumulative, `atMostMs` null for what took longer than all. */
export type Histogram = readonly { readonly atMostMs: number | null; readonly count: number }[];

/** An answer that was wrong though nothing said so, and what is likely behind it. */
export interface Finding {
  /** ISO 8601, by the keeper's clock. */
  readonly at: string;
  readonly relation: string;
  readonly path: string;
  readonly cause: Cause;
}

export type Cause =
  /** no change of its relations was ever heard of: not watched, or without a webhook */
  | "table-not-watched"
  /** Postgres has told what the answer depends on, and of that webhooks come; so one did not */
  | "webhook-lost"
  /** a webhook was lost; or a policy or a view reads the clock, or a relation that `dependsOn` does not name */
  | "webhook-lost-or-undeclared-dependency"
  /** with capture: a function reads what no catalogue tells, and `dependsOn` does not name it */
  | "undeclared-dependency";

export interface Stats extends Counts, DatabaseStatus {
  /** All origin requests for reads: fills and direct ones. */
  readonly originRequests: number;
  readonly kvWrites: number;
  readonly kvWriteFailures: number;
  readonly fills: number;
  readonly stillGood: number;
  readonly changes: number;
  /** Ingests that took for affected what their changes may concern, as judging it one by one would have taken too long. */
  readonly coarseIngests: number;
  readonly invalidations: number;
  readonly syncs: number;
  readonly pulls: number;
  /** How often nothing that was known before counted any more. */
  readonly flushes: number;
  /** Keys asked for anew to compare, and those whose answer no change explained. */
  readonly audits: number;
  readonly auditDifferences: number;
  /** The last of these. */
  readonly findings: readonly Finding[];
  /** Whether the bound counts from commit. */
  readonly proven: boolean;
  readonly schemaKnown: boolean;
  /** After a change of the schema: for so many milliseconds still, answers are proven by their age only. */
  readonly byAgeForMs: number;
  /** With capture: from a change's statement to its pull, and to each isolate that learned of it. */
  readonly lags: { readonly pulled: Histogram; readonly learned: Histogram };
  readonly evictions: number;
  readonly keys: number;
  /** About how much memory the keys take in the keeper, with their shapes and windows. */
  readonly registryBytes: number;
  readonly owedKvWrites: number;
  /** hits ÷ (hits + stale + misses + bypasses + errors), stale counted as hits; 0 when nothing was read. */
  readonly hitRatio: number;
  readonly since: string;
  readonly mode: Mode;
  readonly position: Position;
}
