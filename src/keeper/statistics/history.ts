import type { CountedStep, HistoryRows } from "../storage/history-rows.ts";

/** The step that has not ended: when it began, and what had been counted in all by then. */
export interface OpenStep {
  readonly at: number;
  readonly base: readonly number[];
}

/**
 * What was counted in each step, from totals that only grow. A row is written once, when its step has ended and something
 * was counted in it; it waits for the next flush, so nothing is written while nothing happens.
 */
export class StepHistory {
  readonly #rows: HistoryRows;
  readonly #totals: () => readonly number[];
  #open: OpenStep | null;
  #unwritten: CountedStep[] = [];
  /** Steps that have ended, once they were asked for: a dashboard that polls reads no rows again. */
  #ended: readonly CountedStep[] | null = null;

  /** @param open the step that an earlier instance has left */
  constructor(rows: HistoryRows, totals: () => readonly number[], open: OpenStep | null) {
    this.#rows = rows;
    this.#totals = totals;
    this.#open = open;
  }

  /** Must be called before anything is added to the totals. */
  roll(now: number): void {
    const at = now - (now % this.#rows.stepMs);
    // A step that is later than now: the clock was set back while the keeper was down.
    if (this.#open?.at === at) return;
    const totals = this.#totals();
    const ended = this.#step(totals);
    if (ended) {
      this.#unwritten.push(ended);
      // Nobody may ask again.
      this.#ended = this.#ended && [...this.#kept(this.#ended, now), ended];
    }
    this.#open = { at, base: totals };
  }

  /** Must be called before the totals are set to zero. */
  restart(): void {
    const totals = this.#totals();
    if (this.#open)
      this.#open = { ...this.#open, base: this.#open.base.map((n, at) => n - (totals[at] ?? 0)) };
  }

  /** Writes the rows of steps that have ended. */
  flush(): void {
    for (const step of this.#unwritten) this.#rows.write(step);
    this.#unwritten = [];
  }

  /** Oldest first; the last one may not have ended. */
  steps(now: number): readonly CountedStep[] {
    this.roll(now);
    this.#ended ??= [...this.#rows.since(now - this.#rows.keptMs), ...this.#unwritten];
    const ended = this.#kept(this.#ended, now);
    const open = this.#step(this.#totals());
    return open ? [...ended, open] : ended;
  }

  toJSON(): OpenStep | null {
    return this.#open;
  }

  #kept(steps: readonly CountedStep[], now: number): readonly CountedStep[] {
    return steps.filter(({ at }) => at > now - this.#rows.keptMs);
  }

  /** What the open step has counted; null: nothing, or in other numbers than this version's. */
  #step(totals: readonly number[]): CountedStep | null {
    const open = this.#open;
    if (!open || open.base.length !== totals.length) return null;
    const counts = totals.map((total, at) => total - (open.base[at] ?? 0));
    return counts.some((count) => count > 0) ? { at: open.at, counts } : null;
  }
}
