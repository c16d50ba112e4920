import type { Duration } from "../../runtime/duration.ts";

/** What the caller of one statement asks of a driver that caches. */
export interface StatementOptions {
  readonly ttl?: Duration;
  readonly staleWhileRevalidate?: Duration;
  readonly tags?: readonly string[];
  /** The statement is sent to the database, and its answer is not cached: for this reason. */
  readonly pass?: "transaction" | "fresh";
  /** Called once, before the statement's answer is given. */
  readonly told?: (outcome: StatementOutcome) => void;
}

export interface StatementOutcome {
  readonly status: "hit" | "stale" | "miss" | "passed";
  /** When its answer was loaded: milliseconds since 1970. */
  readonly at: number;
  /** Of `passed`: why. */
  readonly reason?: string;
}

/** What `cachedD1` and `cachedPg` give. */
export interface CachedDriver {
  /** `ask` is called whenever a statement is about to run. `undefined`: the driver's own options hold. */
  askEach(ask: () => StatementOptions | undefined): void;
  /** Forgets the entries that have one of the tags. @throws CacheError `invalidation-failed` */
  invalidateTags(tags: readonly string[]): Promise<void>;
  /** Forgets all entries of this database. @throws CacheError `invalidation-failed` */
  forget(): Promise<void>;
}
