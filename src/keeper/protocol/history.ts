/** A day by minutes, or a month (31 days) by hours. */
export type HistorySpan = "day" | "month";

/** What was counted in one minute, or one hour. What isolates counted is in the step in which they reported it. */
export interface HistoryRow {
  /** When the step began: ISO 8601, by the keeper's clock. */
  readonly at: string;
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly errors: number;
  readonly originRequests: number;
  readonly invalidations: number;
  readonly changes: number;
  /** Counts of the classes of `stats`' `waits`, side by side: their bounds are in `History`. */
  readonly waits: readonly number[];
  /** The same of `lags.learned`: from a change's statement to each isolate that learns of it. */
  readonly lags: readonly number[];
}

export interface History {
  readonly stepSeconds: 60 | 3_600;
  /** Upper bounds of the classes in milliseconds. Null: no bound. */
  readonly bounds: {
    readonly waits: readonly (number | null)[];
    readonly lags: readonly (number | null)[];
  };
  /** Oldest first. A step in which nothing happened has no row. The last row may be of a step that has not ended. */
  readonly rows: readonly HistoryRow[];
}
