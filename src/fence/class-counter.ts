import type { HistogramCounts } from "../keeper/protocol/statistics.ts";

/** Counts durations by class, without an allocation. */
export class ClassCounter {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sumMs = 0;

  /** @param bounds upper bounds in milliseconds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(milliseconds: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && milliseconds > (bounds[at] as number)) at++;
    (this.#counts[at] as number)++;
    this.#sumMs += milliseconds;
  }

  /** What was counted since the last time. */
  take(): HistogramCounts {
    const taken = { counts: [...this.#counts], sumMs: this.#sumMs };
    this.#counts.fill(0);
    this.#sumMs = 0;
    return taken;
  }

  putBack({ counts, sumMs }: HistogramCounts): void {
    for (const [at, count] of counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#sumMs += sumMs;
  }
}
