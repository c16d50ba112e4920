/** A day by minutes, or a month (31 days) by hours. */
export type HistorySpan = "day" | "month";

/** What is counted in each step, as `Stats` counts it in all. */
export const HISTORY_COUNTERS = [
  "hits",
  "stale",
  "misses",
  "bypasses",
  "errors",
  "originRequests",
  "invalidations",
  "changes",
] as const;

export type HistoryCounter = (typeof HISTORY_COUNTERS)[number];

/** What was counted in one minute, or one hour. What isolates counted is in the step in which they reported it. */
export interface HistoryRow extends Readonly<Record<HistoryCounter, number>> {
  /** When the step began: ISO 8601, by the keeper's clock. */
  readonly at: string;
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
