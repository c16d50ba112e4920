import type { ShownHistogram } from "./stats-shape.ts";

/** The upper bound of the class in which this share of the counts ends: `≤ 50 ms`. */
export function quantileOf(histogram: ShownHistogram, share: number): string {
  const total = histogram.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return "-";
  let seen = 0;
  let below = 0;
  for (const { atMostMs, count } of histogram) {
    seen += count;
    if (seen >= share * total) return atMostMs === null ? `> ${exactly(below)}` : `≤ ${exactly(atMostMs)}`;
    below = atMostMs ?? below;
  }
  return "-";
}

/** Bounds of classes are round numbers, so nothing is lost. */
function exactly(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${milliseconds / 1_000} s`;
}
