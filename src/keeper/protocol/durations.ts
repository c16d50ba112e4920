import type { Histogram } from "./detailed-statistics.ts";
import type { HistogramCounts } from "./statistics.ts";

/** Counts durations in classes, without an allocation: isolates until they report, the keeper for good. */
export class Durations {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sumMs = 0;

  /**
   * @param bounds upper bounds of the classes in milliseconds, ascending; the last class, for everything longer, has none
   * @param stored what an earlier instance counted; not used when it was in other classes
   */
  constructor(bounds: readonly number[], stored?: HistogramCounts) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
    if (stored) this.addAll(stored);
  }

  add(milliseconds: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && milliseconds > (bounds[at] as number)) at++;
    (this.#counts[at] as number)++;
    this.#sumMs += milliseconds;
  }

  /** Adds what was counted elsewhere. Counts in other classes are of another version, and are left out. */
  addAll({ counts, sumMs }: HistogramCounts): void {
    if (counts.length !== this.#counts.length) return;
    for (const [at, count] of counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + countIn(count);
    this.#sumMs += sumIn(sumMs);
  }

  /** What was counted since the last time. */
  take(): HistogramCounts {
    const taken = { counts: [...this.#counts], sumMs: this.#sumMs };
    this.reset();
    return taken;
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

/** A count that was reported or stored; 0: it is none. */
export function countIn(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function sumIn(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
