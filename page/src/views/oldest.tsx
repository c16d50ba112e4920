import type { Histogram } from "../../../src/keeper/protocol/detailed-statistics.ts";
import { count, duration } from "../figures/format.ts";
import { againstBound, quantileInWords } from "../figures/histogram.ts";
import { Figure } from "../parts/figures.tsx";

interface OldestProps {
  readonly ages: Histogram | undefined;
  /** Milliseconds, of each configured table. */
  readonly bounds: readonly number[];
  readonly details: Readonly<Record<string, number>> | undefined;
}

/** How old the oldest answer was, against the widest bound: of which table it was is not known. */
export function Oldest({ ages = [], bounds, details = {} }: OldestProps) {
  const verdict = bounds.length === 0 ? "none" : againstBound(ages, Math.max(...bounds));
  const excused = details["stale-if-error"] ?? 0;
  const note = {
    none: boundsInWords(bounds),
    within: `${boundsInWords(bounds)}, kept`,
    // The class is wider than what the bound leaves, and the fence has checked each answer before it went out.
    around: `${boundsInWords(bounds)}, in this class`,
    over: excused > 0 ? `${count(excused)} by staleIfError` : `over: ${boundsInWords(bounds)}`,
  }[verdict];
  return (
    <Figure
      label="Oldest answer"
      value={quantileInWords(ages, 1)}
      note={note}
      tone={verdict === "over" && excused === 0 ? "bad" : undefined}
    />
  );
}

export function boundsInWords(bounds: readonly number[]): string {
  if (bounds.length === 0) return "bounds as configured";
  const [least, most] = [Math.min(...bounds), Math.max(...bounds)];
  return least === most ? `bound ${duration(least)}` : `bounds ${duration(least)} to ${duration(most)}`;
}
