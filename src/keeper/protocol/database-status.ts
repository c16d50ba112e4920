/** What the keeper knows of the database's schema, and why not more. */
export type SchemaState =
  /** it may not ask: `TIDEMARK_CAPTURE_SECRET` is not set, and the configuration alone counts */
  | "none"
  | "known"
  /** the database has not answered yet */
  | "missing"
  /** `tidemark_schema` is not there, or does not take the secret */
  | "refused"
  | "too-large"
  /** another answer than this version expects */
  | "unreadable"
  /** what an earlier version has stored, before the database has been asked again */
  | "outdated";

/** Something that went wrong at the database. */
export interface Failure {
  /**
   * Stable. `database`: it answered with an error; `pull`: it answered what is not a page; `schema`: it cannot be read;
   * `timeout`, `unreachable`: it did not answer. `hangs`: a pull does not end. `overdue`: pruning succeeds, and rows that
   * should have gone are still there.
   */
  readonly code: string;
  readonly message: string;
  /** When it failed last: ISO 8601, by the keeper's clock. */
  readonly at: string;
  /** When it failed first, with no success since; of `overdue`, when the pruning should have come to its end. */
  readonly since: string;
}

/** How pulling goes, in this instance of the keeper. */
export interface Pulling {
  /** Milliseconds since the begin of the last good pull; null before the first. */
  readonly lastAgo: number | null;
  /** Of the last pull; null when it was good. */
  readonly failure: Failure | null;
  /** Of the outbox's pruning; null when it was good, or was not tried yet. */
  readonly pruneFailure: Failure | null;
  /** Milliseconds since the outbox was last pruned to the end, by the database's word; null where it does not say, or it never was. */
  readonly prunedAgo: number | null;
  /** Pulls fail, or one hangs: as long as that lasts, nothing is proven anew. */
  readonly isFailing: boolean;
}

/** How the keeper stands with the database. */
export interface DatabaseStatus {
  readonly schemaState: SchemaState;
  /** Null where changes are not pulled. */
  readonly pulling: Pulling | null;
}
