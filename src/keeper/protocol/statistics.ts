import type { DatabaseStatus } from "./database-status.ts";
import type { DetailedStats, Histogram } from "./detailed-statistics.ts";
import type { Mode, Position } from "./position.ts";
import type { AnsweredAs } from "./read-ends.ts";

/** What an isolate has counted since its last report. */
export interface Counts {
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  /** Of the hits and stale ones, those of readers who sign in. */
  readonly signedInHits: number;
  readonly bypasses: number;
  readonly errors: number;
  /** Reads that the isolate itself sent to the origin. */
  readonly originRequests: number;
  readonly kvReads: number;
  readonly shadowReads: number;
  readonly shadowWrong: number;
}

/**
 * What an isolate sends along with its calls: its counts, and a sample of the keys read since the last report. An isolate
 * of an earlier deployment sends no `detailed`.
 */
export interface UsageReport {
  readonly counts: Counts;
  readonly keysRead: readonly string[];
  readonly detailed?: DetailedUsage;
  /** Absent: no mirror is near, or none has been asked yet. */
  readonly near?: NearMirror;
}

/** How a call that the mirror near by was to answer has ended, for the isolate. */
export type NearEnd =
  /** it was answered */
  | "answered"
  /** the mirror failed, took half of the time there was, or is of another deployment: the keeper was asked */
  | "failed"
  /** after several failures the mirror is not asked for a while: the keeper was */
  | "leftAlone";

/** The mirror near the isolates that report, and their calls that it was to answer. */
export interface NearMirror extends Readonly<Record<NearEnd, number>> {
  /** By its object's name. */
  readonly name: string;
  /** Calls that the mirror itself has made to the keeper. Absent: an isolate reports, and no mirror has added anything up. */
  readonly keeperCalls?: number;
}

/** The same reads as `Counts`, by table and in more detail. */
interface DetailedUsage {
  /** Of this isolate, at random. It tells nothing but how many there are. */
  readonly isolate: string;
  /** The others whose counts a mirror has added up in this report. */
  readonly isolates?: readonly string[];
  /** Requests of any kind that the Worker was invoked for. */
  readonly workerRequests: number;
  /**
   * By table, `schema.table` or `other`, how often a read ended this way: `hit:memory`, `bypass:cookie`. Ends that did not
   * occur are left out. `signed-in` and `origin` count what `signedInHits` and `originRequests` do.
   */
  readonly tables: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly waits: HistogramCounts;
  /** The same waits by how the read was answered; left out where there were none. Earlier versions do not tell. */
  readonly waitsBy?: Readonly<Partial<Record<AnsweredAs, HistogramCounts>>>;
  readonly proofAges: HistogramCounts;
}

/** Counts by class of `classes.ts`, side by side, and the sum of all that was counted, in milliseconds. */
export interface HistogramCounts {
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** A wrong answer that no change explains, and the likely cause. */
export interface Finding {
  /** ISO 8601, by the keeper's clock. */
  readonly at: string;
  readonly relation: string;
  readonly path: string;
  readonly cause: Cause;
}

export type Cause =
  /** no change of its relations was ever heard of: they are not watched, or have no webhook */
  | "table-not-watched"
  /** Postgres told what the answer depends on, and webhooks come for that, so one was lost */
  | "webhook-lost"
  /** a webhook was lost, or a policy or view reads the clock or a relation that `dependsOn` does not name */
  | "webhook-lost-or-undeclared-dependency"
  /** with capture: a function reads something that no catalogue lists and `dependsOn` does not name */
  | "undeclared-dependency"
  /**
   * readers who sign in were taken to get the same answer, and did not: something that is not understood depends on who
   * asks. Until the schema changes, none of these answers is shared
   */
  | "readers-differ";

/** Readers who were taken to get the same answers of these relations, as they have the same values of these claims. */
export interface ReaderSet {
  readonly role: string;
  /** "schema.relation" */
  readonly relations: readonly string[];
  /** `app_metadata.tenant` */
  readonly claims: readonly string[];
}

export interface Stats extends Counts, DatabaseStatus, DetailedStats {
  /** All origin requests for reads: fills and direct ones. */
  readonly originRequests: number;
  readonly kvWrites: number;
  readonly kvWriteFailures: number;
  readonly fills: number;
  readonly stillGood: number;
  readonly changes: number;
  /** Ingests that invalidated keys without judging each one, because that would have taken too long. */
  readonly coarseIngests: number;
  readonly invalidations: number;
  readonly syncs: number;
  readonly pulls: number;
  /** How often everything was invalidated. */
  readonly flushes: number;
  /** Keys asked for again to compare, and answers that differed though no change explains it. */
  readonly audits: number;
  readonly auditDifferences: number;
  /** Answers compared with the origin's, sampled or refilled, that were right. */
  readonly auditRight: number;
  /** The last such differences. */
  readonly findings: readonly Finding[];
  /** Whether bounds count from commit (capture), or only from ingest (webhooks). */
  readonly proven: boolean;
  readonly schemaKnown: boolean;
  /** For how many more milliseconds answers are proven by their age only, after a change of the schema. */
  readonly byAgeForMs: number;
  /** With capture: from a change's statement to its pull, and to each isolate that learns of it. */
  readonly lags: { readonly pulled: Histogram; readonly learned: Histogram };
  readonly evictions: number;
  readonly keys: number;
  /**
   * How many bearers the keeper knows, how many keys are for one person's claims, and whose answers turned out to differ: until the
   * schema changes none of these is shared. The last twenty, the latest first.
   */
  readonly audiences: {
    readonly identities: number;
    readonly personalKeys: number;
    readonly differing: readonly ReaderSet[];
  };
  /** About how many bytes of memory the keys take in the keeper, with their shapes and windows. */
  readonly registryBytes: number;
  readonly owedKvWrites: number;
  /** (hits + stale) ÷ (hits + stale + misses + bypasses + errors). 0: nothing was read. */
  readonly hitRatio: number;
  readonly since: string;
  readonly mode: Mode;
  readonly position: Position;
}
