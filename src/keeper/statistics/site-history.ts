import type { Sql } from "../ports/ports.ts";
import { LAG_CLASSES, WAIT_CLASSES } from "../protocol/classes.ts";
import type { History, HistoryRow, HistorySpan } from "../protocol/history.ts";
import { type CountedStep, HistoryRows } from "../storage/history-rows.ts";
import { type OpenStep, StepHistory } from "./history.ts";

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 1_440;
const HOUR_MS = 3_600_000;
const HOURS_KEPT = 31 * 24;

/** The counters of a history, in the order of its rows' numbers. */
const COUNTED = [
  "hits",
  "stale",
  "misses",
  "bypasses",
  "errors",
  "originRequests",
  "invalidations",
  "changes",
] as const satisfies readonly (keyof HistoryRow)[];

/** What has been counted in all, of which a history keeps the growth. */
export interface CountedTotals {
  readonly counters: Readonly<Record<(typeof COUNTED)[number], number>>;
  readonly waits: readonly number[];
  readonly lags: readonly number[];
}

export interface OpenSteps {
  readonly minute: OpenStep | null;
  readonly hour: OpenStep | null;
}

/** A day by minutes and a month by hours. */
export class SiteHistory {
  readonly #minutes: StepHistory;
  readonly #hours: StepHistory;

  constructor(sql: Sql, open: OpenSteps = { minute: null, hour: null }) {
    const minutes = new HistoryRows(sql, "minutes", MINUTE_MS, MINUTES_KEPT);
    const hours = new HistoryRows(sql, "hours", HOUR_MS, HOURS_KEPT);
    this.#minutes = new StepHistory(minutes, MINUTE_MS, MINUTES_KEPT, open.minute);
    this.#hours = new StepHistory(hours, HOUR_MS, HOURS_KEPT, open.hour);
  }

  /** Must be called before anything is added to the totals. */
  roll(now: number, totals: () => CountedTotals): void {
    this.#minutes.roll(now, () => numbersOf(totals()));
    this.#hours.roll(now, () => numbersOf(totals()));
  }

  restart(totals: CountedTotals): void {
    for (const steps of [this.#minutes, this.#hours]) steps.restart(numbersOf(totals));
  }

  flush(): void {
    for (const steps of [this.#minutes, this.#hours]) steps.flush();
  }

  of(span: HistorySpan, now: number, totals: CountedTotals): History {
    const steps = span === "day" ? this.#minutes : this.#hours;
    return {
      stepSeconds: span === "day" ? 60 : 3_600,
      bounds: { waits: [...WAIT_CLASSES, null], lags: [...LAG_CLASSES, null] },
      rows: steps.steps(now, numbersOf(totals)).flatMap((step) => rowOf(step) ?? []),
    };
  }

  toJSON(): OpenSteps {
    return { minute: this.#minutes.toJSON(), hour: this.#hours.toJSON() };
  }
}

function numbersOf({ counters, waits, lags }: CountedTotals): readonly number[] {
  return [...COUNTED.map((name) => counters[name]), ...waits, ...lags];
}

/** Undefined: an earlier version wrote it, which counted in other classes. */
function rowOf({ at, counts }: CountedStep): HistoryRow | undefined {
  const lagsFrom = COUNTED.length + WAIT_CLASSES.length + 1;
  if (counts.length !== lagsFrom + LAG_CLASSES.length + 1) return undefined;
  const named = Object.fromEntries(COUNTED.map((name, index) => [name, counts[index] ?? 0]));
  return {
    at: new Date(at).toISOString(),
    ...(named as Record<(typeof COUNTED)[number], number>),
    waits: counts.slice(COUNTED.length, lagsFrom),
    lags: counts.slice(lagsFrom),
  };
}
