import type { Mode } from "./position.ts";

/** What the keeper knows of the database's schema, or why it knows none. */
export type SchemaState =
  /** it may not ask, since `TIDEMARK_CAPTURE_SECRET` is not set; only the configuration counts */
  | "none"
  | "known"
  /** the database has not answered yet */
  | "missing"
  /** `tidemark_schema` does not exist, or does not accept the secret */
  | "refused"
  | "too-large"
  /** the answer is not what this version expects */
  | "unreadable"
  /** an earlier version stored the description, and the database has not been asked again yet */
  | "outdated";

/** Something that went wrong at the database. */
export interface Failure {
  /**
   * Stable. `database`: it answered with an error; `pull`: its answer is not a page; `schema`: its schema cannot be
   * read; `timeout`, `unreachable`: it did not answer; `hangs`: a pull does not end; `overdue`: pruning succeeds, but
   * rows that should be gone are still there.
   */
  readonly code: string;
  readonly message: string;
  /** When it last failed: ISO 8601, by the keeper's clock. */
  readonly at: string;
  /** When it first failed, with no success since. For `overdue`: when the pruning should have finished. */
  readonly since: string;
}

/** How pulling goes in this instance of the keeper. */
export interface Pulling {
  /** Milliseconds since the last successful pull began. Null: there was none yet. */
  readonly lastAgo: number | null;
  /** Why the last pull failed. Null: it succeeded. */
  readonly failure: Failure | null;
  /** Why the outbox was not pruned. Null: it was, or that was not tried yet. */
  readonly pruneFailure: Failure | null;
  /**
   * Milliseconds since the outbox was last pruned to the end, as the database reports. Null: it never was, or is not
   * reported.
   */
  readonly prunedAgo: number | null;
  /** Pulls fail, or one hangs. Until that ends, nothing gets a new proof. */
  readonly isFailing: boolean;
}

/** What the keeper knows of the database's schema and changes. */
export interface DatabaseStatus {
  readonly schemaState: SchemaState;
  /** Null: changes are not pulled. */
  readonly pulling: Pulling | null;
}

/** What `health` asks for: everybody may, so it costs next to nothing. */
export interface Standing extends DatabaseStatus {
  readonly mode: Mode;
}
