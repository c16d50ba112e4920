import type { Histogram } from "../../../src/keeper/protocol/detailed-statistics.ts";
import { duration, UNKNOWN } from "./format.ts";

/** How many durations a histogram holds. */
export function totalOf(histogram: Histogram): number {
  return histogram.reduce((sum, { count }) => sum + count, 0);
}

/**
 * The upper bound of the class in which this share of the durations, from 0 to 1, ends. More is not known of them, so
 * nothing is interpolated. Undefined: there are none.
 */
export function quantile(histogram: Histogram, part: number): number | null | undefined {
  const total = totalOf(histogram);
  if (total === 0) return undefined;
  let seen = 0;
  for (const { atMostMs, count } of histogram) {
    seen += count;
    if (count > 0 && seen >= total * part) return atMostMs;
  }
  return null;
}

/** `≤ 30 ms`, or `> 60 s` for the class without a bound. */
export function quantileInWords(histogram: Histogram | undefined, part: number): string {
  const bound = histogram && quantile(histogram, part);
  if (bound === undefined) return UNKNOWN;
  if (bound !== null) return `≤ ${duration(bound)}`;
  const last = histogram?.findLast(({ atMostMs }) => atMostMs !== null)?.atMostMs;
  return last === null || last === undefined ? UNKNOWN : `> ${duration(last)}`;
}

/**
 * What the oldest of these ages says of a bound. Of an age only its class is known: `over` is one whose whole class lies
 * beyond, `around` one whose class has the bound in it.
 */
export function againstBound(ages: Histogram, boundMs: number): "none" | "within" | "around" | "over" {
  const index = ages.findLastIndex(({ count }) => count > 0);
  if (index < 0) return "none";
  const most = ages[index]?.atMostMs ?? Number.POSITIVE_INFINITY;
  if (most <= boundMs) return "within";
  return (ages[index - 1]?.atMostMs ?? 0) < boundMs ? "around" : "over";
}

/** A row of the history as a histogram: counts side by side, whose bounds are said once. */
export function histogramOf(bounds: readonly (number | null)[], counts: readonly number[]): Histogram {
  return bounds.map((atMostMs, index) => ({ atMostMs, count: counts[index] ?? 0 }));
}

/** The name of a class, of a histogram in this order. */
export function className(histogram: Histogram, index: number): string {
  const bound = histogram[index]?.atMostMs;
  if (typeof bound === "number") return `≤ ${duration(bound)}`;
  const before = histogram[index - 1]?.atMostMs;
  return typeof before === "number" ? `> ${duration(before)}` : "all";
}
