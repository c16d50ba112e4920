import type { History, HistoryRow } from "../../../src/keeper/protocol/history.ts";
import { histogramOf, quantile } from "./histogram.ts";

type Counted = Exclude<keyof HistoryRow, "at" | "waits" | "lags">;

/** What a chart draws: values side by side with their times. */
export interface Series {
  /** Seconds since the epoch, one step apart. */
  readonly times: readonly number[];
  /** By name; null where there is no figure. */
  readonly lines: Readonly<Record<string, readonly (number | null)[]>>;
}

/**
 * The rows without gaps, up to now: a step without a row is one in which nothing happened. Of the counters that are named,
 * and of `waits` and `lags` the bounds of the classes where half, and 99 of 100, end.
 */
export function seriesOf(history: History, counters: readonly Counted[], now: number): Series {
  const { rows, stepSeconds } = history;
  const byTime = new Map(rows.map((row) => [stepOf(row.at, stepSeconds), row]));
  const begin = Math.min(...byTime.keys(), Infinity);
  const times: number[] = [];
  for (let at = begin; at <= now / 1_000; at += stepSeconds) times.push(at);
  const each = (value: (row: HistoryRow | undefined) => number | null) => times.map((at) => value(byTime.get(at)));
  return {
    times,
    lines: {
      ...Object.fromEntries(counters.map((name) => [name, each((row) => row?.[name] ?? 0)])),
      "waits 50": each((row) => ended(history, row, "waits", 0.5)),
      "waits 99": each((row) => ended(history, row, "waits", 0.99)),
      "lags 50": each((row) => ended(history, row, "lags", 0.5)),
      "lags 99": each((row) => ended(history, row, "lags", 0.99)),
    },
  };
}

function stepOf(at: string, stepSeconds: number): number {
  return Math.floor(Date.parse(at) / 1_000 / stepSeconds) * stepSeconds;
}

/** What lies beyond the last bound is drawn at it. */
function ended({ bounds }: History, row: HistoryRow | undefined, of: "waits" | "lags", part: number): number | null {
  if (row === undefined) return null;
  const bound = quantile(histogramOf(bounds[of], row[of]), part);
  if (bound === undefined) return null;
  return bound ?? bounds[of].findLast((each) => each !== null) ?? null;
}
