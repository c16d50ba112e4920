import type { AnsweredAs } from "./read-ends.ts";

/** How often something took this long. Each class counts only itself; `atMostMs` is null for everything longer. */
export type Histogram = readonly { readonly atMostMs: number | null; readonly count: number }[];

/** How reads of one table ended. Its sums over all tables are the counters of the same name. */
export interface TableStats {
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly signedInHits: number;
  readonly errors: number;
  readonly originRequests: number;
  readonly invalidations: number;
  /** By reason: the names of `Cache-Status`. */
  readonly bypasses: Readonly<Record<string, number>>;
  /** Of all but bypasses, by `outcome:detail`: `hit:memory`, `stale:revalidating`, `miss:collapsed`, `error:timeout`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What the mirrors of one region, and the isolates near them, have reported. */
export interface MirrorRegionStats {
  /** How many mirrors have reported in the last five minutes, or since the keeper started. */
  readonly mirrors: number;
  /** Calls of isolates that a mirror answered. */
  readonly answered: number;
  /** Calls that a mirror did not answer, or not in time: the isolate asked the keeper. */
  readonly failed: number;
  /** Calls that isolates made to the keeper while they left a mirror alone, which had failed several times in a row. */
  readonly leftAlone: number;
  /** Calls that mirrors made to the keeper: so many have reached it of those that they answered, refills included. */
  readonly keeperCalls: number;
  /** What readers near a mirror waited, by how the read was answered. What did not occur is left out. */
  readonly waitsBy: Readonly<Partial<Record<AnsweredAs, Histogram>>>;
  /** The sums of these waits, in milliseconds. */
  readonly sumsMs: Readonly<Partial<Record<AnsweredAs, number>>>;
}

/** What is billed, since `since`. */
interface Operations {
  /** Calls of the keeper, and its alarms. */
  readonly keeperCalls: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  /** Rows of the keeper's SQLite, as Cloudflare counts them. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** As isolates report them: of one that answers no reads of tables, nothing is known. */
  readonly workerRequests: number;
  readonly originRequests: number;
}

/** What `stats` tells in more detail than counters. */
export interface DetailedStats {
  /** By configured table, `schema.table`, in which something was counted. All others are `other`. */
  readonly tables: Readonly<Record<string, TableStats>>;
  /** All bypasses by reason. */
  readonly bypassReasons: Readonly<Record<string, number>>;
  /**
   * All other reads by detail: where a hit was found (`memory`, `verified`, `colo`, `kv`, `keeper`), why an older answer served (`revalidating`,
   * `stale-while-revalidate`, `stale-if-error`), which miss it was (`uri-miss`, `stale`, `collapsed`), which error (`unreachable`, `timeout`).
   */
  readonly details: Readonly<Record<string, number>>;
  /** How long readers waited for the head of an answer, bypasses included, by the isolate's clock. */
  readonly waits: Histogram;
  /** The same by how the read was answered: what a hit waits for its proof, a miss for its fill, a bypass for the origin. */
  readonly waitsBy: Readonly<Record<AnsweredAs, Histogram>>;
  /** How old the proofs of answers from the cache were. */
  readonly proofAges: Histogram;
  /** All that was counted in each of these histograms and in `lags`, added up, in milliseconds. */
  readonly sumsMs: {
    readonly waits: number;
    readonly waitsBy: Readonly<Record<AnsweredAs, number>>;
    readonly proofAges: number;
    readonly pulled: number;
    readonly learned: number;
  };
  readonly operations: Operations;
  readonly kvBudget: {
    readonly spent: number;
    readonly perDay: number;
    /** ISO 8601. */
    readonly resetsAt: string;
  };
  /** How many isolates have reported in the last five minutes, or since the keeper started. */
  readonly isolates: number;
  /** By Cloudflare's region, such as `weur`. Empty: no mirror has been asked. */
  readonly mirrors: Readonly<Record<string, MirrorRegionStats>>;
}
