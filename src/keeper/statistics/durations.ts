import type { Histogram } from "../protocol/detailed-statistics.ts";
import type { HistogramCounts } from "../protocol/statistics.ts";

/** Counts durations in classes. */
export class Durations {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sumMs: number;

  /**
   * @param bounds upper bounds of the classes in milliseconds, ascending; the last class, for everything longer, has none
   * @param stored what an earlier instance counted; not used when it was in other classes
   */
  constructor(bounds: readonly number[], stored?: HistogramCounts) {
    const isUsable = stored?.counts.length === bounds.length + 1;
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, (_, at) =>
      isUsable ? countIn(stored.counts[at]) : 0,
    );
    this.#sumMs = isUsable ? sumIn(stored.sumMs) : 0;
  }

  add(milliseconds: number): void {
    const at = this.#bounds.findIndex((bound) => milliseconds <= bound);
    const index = at < 0 ? this.#bounds.length : at;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sumMs += milliseconds;
  }

  /** Adds what an isolate has counted. Counts in other classes are of another version, and are left out. */
  addAll({ counts, sumMs }: HistogramCounts): void {
    if (counts.length !== this.#counts.length) return;
    for (const [at, count] of counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + countIn(count);
    this.#sumMs += sumIn(sumMs);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sumMs = 0;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  /** In whole milliseconds. */
  get sumMs(): number {
    return Math.round(this.#sumMs);
  }

  histogram(): Histogram {
    return this.#counts.map((count, at) => ({ atMostMs: this.#bounds[at] ?? null, count }));
  }

  toJSON(): HistogramCounts {
    return { counts: this.#counts, sumMs: this.sumMs };
  }
}

function countIn(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function sumIn(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
