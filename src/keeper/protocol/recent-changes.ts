/** Why a key was invalidated. */
type InvalidationRule =
  /** no rule proves the answer untouched by a change of a row: docs/design/verdicts.md */
  | "row"
  /** too many changes at once to judge each of them */
  | "coarse"
  /** a table was emptied, or changed in a way that nobody can tell */
  | "table"
  /** everything is: the database was restored, the cursor was lost, or the schema's reload has ended */
  | "everything"
  /** an admin has purged it */
  | "purge"
  /** the audit found a wrong answer */
  | "audit";

/** The last invalidation of a key, as far as this instance of the keeper knows. */
export interface LastInvalidation {
  /** ISO 8601, by the keeper's clock. */
  readonly at: string;
  readonly rule: InvalidationRule;
  /** The relation that has changed, `schema.table`. Null: it was no change of one relation. */
  readonly relation: string | null;
}

/** A change that the keeper has heard of, and what it did. */
export interface RecentChange {
  /** When the keeper ingested it: ISO 8601, by its clock. */
  readonly at: string;
  /** `schema.table`; null: everything. */
  readonly relation: string | null;
  readonly operation: "INSERT" | "UPDATE" | "DELETE" | "FLUSH";
  /**
   * The primary key's columns with their values as JSON texts. Null: the key is not known, or what readers see of the table
   * may depend on who they are.
   */
  readonly row: Readonly<Record<string, string>> | null;
  /** Milliseconds from the statement to the pull that brought it. Null: it came as a webhook. */
  readonly lagMs: number | null;
  /** How many registered keys it affects. */
  readonly invalidated: number;
  /** The paths of a few of them. Without their queries where these may name a person. */
  readonly queries: readonly string[];
  /** Null: it affects no key. */
  readonly rule: InvalidationRule | null;
}

/** The last hundred changes since the keeper started, newest first. */
export interface RecentChanges {
  readonly changes: readonly RecentChange[];
}
