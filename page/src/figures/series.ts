import type { History, HistoryRow } from "../../../src/keeper/protocol/history.ts";
import { histogramOf, quantile } from "./histogram.ts";

/** What a row of the history counts. */
export type Counter = Exclude<keyof HistoryRow, "at" | "waits" | "lags">;

/** What a chart draws: values side by side with their times. */
export interface Series {
  /** Seconds since the epoch, one step apart. */
  readonly times: readonly number[];
  /** By name; null where there is no figure. */
  readonly lines: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Of durations only classes are known: over a few reads a quantile leaps from one to the next and back. */
const QUANTILES_OVER_SECONDS = 600;

/** Of a gateway that has just begun, too: a minute alone is no line, and its axis would be labelled with years. */
const LEAST_STEPS = 30;

/**
 * The rows without gaps, thirty steps at the least, up to the last step that has ended: one without a row is one in which
 * nothing happened. Empty: none with a row has ended. Of the
 * counters that are named, and of `waits` and `lags` where half, and 99 of 100, end, each over ten minutes at the least.
 */
export function seriesOf(history: History, counters: readonly Counter[], now: number): Series {
  const { rows, stepSeconds } = history;
  const byTime = new Map(rows.map((row) => [stepOf(row.at, stepSeconds), row]));
  const ended = Math.floor(now / 1_000 / stepSeconds) * stepSeconds;
  const first = Math.min(...byTime.keys(), Number.POSITIVE_INFINITY);
  const begin = first < ended ? Math.min(first, ended - LEAST_STEPS * stepSeconds) : ended;
  const times: number[] = [];
  for (let at = begin; at < ended; at += stepSeconds) times.push(at);
  const steps = times.map((at) => byTime.get(at));
  const over = Math.max(1, QUANTILES_OVER_SECONDS / stepSeconds);
  return {
    times,
    lines: {
      ...Object.fromEntries(counters.map((name) => [name, steps.map((row) => row?.[name] ?? 0)])),
      ...quantiles(history, "waits", steps, over),
      ...quantiles(history, "lags", steps, over),
    },
  };
}

function stepOf(at: string, stepSeconds: number): number {
  return Math.floor(Date.parse(at) / 1_000 / stepSeconds) * stepSeconds;
}

/** What lies beyond the last bound is drawn at it. */
function quantiles(
  { bounds }: History,
  of: "waits" | "lags",
  steps: readonly (HistoryRow | undefined)[],
  over: number,
): Series["lines"] {
  const last = bounds[of].findLast((each) => each !== null) ?? null;
  const sums = bounds[of].map(() => 0);
  const add = (row: HistoryRow | undefined, sign: 1 | -1) => {
    for (const [index, count] of (row?.[of] ?? []).entries()) sums[index] = (sums[index] ?? 0) + sign * count;
  };
  const lines: Record<string, (number | null)[]> = { [`${of} 50`]: [], [`${of} 99`]: [] };
  for (const [index, row] of steps.entries()) {
    add(row, 1);
    if (index >= over) add(steps[index - over], -1);
    for (const [part, line] of [0.5, 0.99].map((each) => [each, `${of} ${each * 100}`] as const)) {
      const bound = quantile(histogramOf(bounds[of], sums), part);
      lines[line]?.push(bound === undefined ? null : (bound ?? last));
    }
  }
  return lines;
}
