import type { Verdict } from "../../harness/verdicts.ts";

/** One thing that grows, measured at several sizes. */
export interface Curve {
  readonly title: string;
  /** The method, in a sentence or two. */
  readonly how: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly number[])[];
  /** Where the curve bends, in words. */
  readonly bend: string;
  readonly targets?: readonly Verdict[];
}

/** How much a figure has grown from the first row to the last. */
export function growthOf(rows: readonly (readonly number[])[], column: number): number {
  return (rows.at(-1)?.[column] ?? Number.NaN) / (rows[0]?.[column] ?? Number.NaN);
}

export function text(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
