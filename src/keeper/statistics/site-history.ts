import type { Sql } from "../ports/ports.ts";
import { LAG_CLASSES, WAIT_CLASSES } from "../protocol/classes.ts";
import {
  HISTORY_COUNTERS,
  type History,
  type HistoryCounter,
  type HistoryRow,
  type HistorySpan,
} from "../protocol/history.ts";
import { type CountedStep, HistoryRows } from "../storage/history-rows.ts";
import { type OpenStep, StepHistory } from "./history.ts";

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 1_440;
const HOUR_MS = 3_600_000;
const HOURS_KEPT = 31 * 24;

/** What has been counted in all, of which a history keeps the growth. */
export interface CountedTotals {
  readonly counters: Readonly<Record<HistoryCounter, number>>;
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

  /** @param totals what has been counted by now; asked for only when a step has ended, or for somebody who looks */
  constructor(sql: Sql, totals: () => CountedTotals, open: OpenSteps = { minute: null, hour: null }) {
    const numbers = () => numbersOf(totals());
    const minutes = new HistoryRows(sql, "minutes", MINUTE_MS, MINUTES_KEPT);
    const hours = new HistoryRows(sql, "hours", HOUR_MS, HOURS_KEPT);
    this.#minutes = new StepHistory(minutes, numbers, open.minute);
    this.#hours = new StepHistory(hours, numbers, open.hour);
  }

  /** Must be called before anything is added to the totals. */
  roll(now: number): void {
    this.#minutes.roll(now);
    this.#hours.roll(now);
  }

  /** Must be called before the totals are set to zero. */
  restart(): void {
    this.#minutes.restart();
    this.#hours.restart();
  }

  flush(): void {
    this.#minutes.flush();
    this.#hours.flush();
  }

  of(span: HistorySpan, now: number): History {
    const steps = span === "day" ? this.#minutes : this.#hours;
    return {
      stepSeconds: span === "day" ? 60 : 3_600,
      bounds: { waits: [...WAIT_CLASSES, null], lags: [...LAG_CLASSES, null] },
      rows: steps.steps(now).flatMap((step) => rowOf(step) ?? []),
    };
  }

  toJSON(): OpenSteps {
    return { minute: this.#minutes.toJSON(), hour: this.#hours.toJSON() };
  }
}

function numbersOf({ counters, waits, lags }: CountedTotals): readonly number[] {
  return [...HISTORY_COUNTERS.map((name) => counters[name]), ...waits, ...lags];
}

/** Undefined: an earlier version wrote it, which counted in other classes. */
function rowOf({ at, counts }: CountedStep): HistoryRow | undefined {
  const lagsFrom = HISTORY_COUNTERS.length + WAIT_CLASSES.length + 1;
  if (counts.length !== lagsFrom + LAG_CLASSES.length + 1) return undefined;
  const named = Object.fromEntries(HISTORY_COUNTERS.map((name, index) => [name, counts[index] ?? 0]));
  return {
    at: new Date(at).toISOString(),
    ...(named as Record<HistoryCounter, number>),
    waits: counts.slice(HISTORY_COUNTERS.length, lagsFrom),
    lags: counts.slice(lagsFrom),
  };
}
