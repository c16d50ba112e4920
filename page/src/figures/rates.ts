import type { KnownStats } from "../api/types.ts";

export const OUTCOMES = ["hits", "stale", "misses", "bypasses", "errors"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The counters at one moment. */
export interface Sample {
  /** Epoch milliseconds, by this browser's clock. */
  readonly at: number;
  readonly stats: Pick<KnownStats, Outcome | "since">;
}

/** Isolates report some seconds late, so that a shorter stretch would show pulses and not a rate. */
const STRETCH_MS = 60_000;

/** The samples with this one, without those that are no longer needed, or from before a reset. */
export function withSample(samples: readonly Sample[], newest: Sample): readonly Sample[] {
  const same = samples.filter(
    ({ at, stats }) =>
      stats.since === newest.stats.since && stats.hits <= newest.stats.hits && at < newest.at,
  );
  const needed = same.filter((_, index) => {
    const after = same[index + 1] ?? newest;
    return newest.at - after.at < STRETCH_MS;
  });
  return [...needed, newest];
}

/** How often a second, over the last minute or as long as the page is open. Undefined: there is one sample only. */
export function perSecond(samples: readonly Sample[], ...outcomes: readonly Outcome[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  const counted = outcomes.map((outcome) => Math.max(0, last.stats[outcome] - first.stats[outcome]));
  return counted.reduce((sum, each) => sum + each, 0) / ((last.at - first.at) / 1_000);
}

/** All reads that `stats` counts. */
export function readsOf(counts: Readonly<Record<Outcome, number>>): number {
  return OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}
