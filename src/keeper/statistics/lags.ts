import type { Histogram } from "../protocol/statistics.ts";

/** Upper bounds of the classes, in milliseconds. The last class holds everything longer. */
const BOUNDS_MS = [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 60_000] as const;

/** Counts durations in classes. */
export class Lags {
  readonly #counts: number[];

  constructor(stored: readonly number[] = []) {
    this.#counts = [...BOUNDS_MS, null].map((_, index) => stored[index] ?? 0);
  }

  add(milliseconds: number): void {
    const index = BOUNDS_MS.findIndex((bound) => milliseconds <= bound);
    const at = index < 0 ? BOUNDS_MS.length : index;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  reset(): void {
    this.#counts.fill(0);
  }

  histogram(): Histogram {
    return this.#counts.map((count, index) => ({ atMostMs: BOUNDS_MS[index] ?? null, count }));
  }

  toJSON(): readonly number[] {
    return this.#counts;
  }
}
