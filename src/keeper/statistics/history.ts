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
  readonly #stepMs: number;
  readonly #keptMs: number;
  #open: OpenStep | null;
  #unwritten: CountedStep[] = [];
  /** Steps that have ended, once they were asked for: a dashboard that polls reads no rows again. */
  #ended: CountedStep[] | null = null;

  constructor(rows: HistoryRows, stepMs: number, kept: number, open: OpenStep | null) {
    this.#rows = rows;
    this.#stepMs = stepMs;
    this.#keptMs = kept * stepMs;
    this.#open = open;
  }

  /** Must be called before anything is added to the totals, which are asked for only if a step has ended. */
  roll(now: number, totals: () => readonly number[]): void {
    const at = now - (now % this.#stepMs);
    // A step that is later than now: the clock was set back while the keeper was down.
    if (this.#open?.at === at) return;
    const all = totals();
    const ended = this.#step(all);
    if (ended) {
      this.#unwritten.push(ended);
      this.#ended?.push(ended);
    }
    this.#open = { at, base: all };
  }

  /** The totals were set to zero. */
  restart(totals: readonly number[]): void {
    if (this.#open)
      this.#open = { ...this.#open, base: this.#open.base.map((n, at) => n - (totals[at] ?? 0)) };
  }

  /** Writes the rows of steps that have ended. */
  flush(): void {
    for (const step of this.#unwritten) this.#rows.write(step);
    this.#unwritten = [];
  }

  /** Oldest first; the last one may not have ended. */
  steps(now: number, totals: readonly number[]): readonly CountedStep[] {
    this.roll(now, () => totals);
    const since = now - this.#keptMs;
    this.#ended ??= [...this.#rows.since(since), ...this.#unwritten];
    const gone = this.#ended.findIndex(({ at }) => at > since);
    if (gone !== 0) this.#ended.splice(0, gone < 0 ? this.#ended.length : gone);
    const open = this.#step(totals);
    return open ? [...this.#ended, open] : [...this.#ended];
  }

  toJSON(): OpenStep | null {
    return this.#open;
  }

  /** What the open step has counted; null: nothing, or in other numbers than this version's. */
  #step(totals: readonly number[]): CountedStep | null {
    const open = this.#open;
    if (!open || open.base.length !== totals.length) return null;
    const counts = totals.map((total, at) => total - (open.base[at] ?? 0));
    return counts.some((count) => count > 0) ? { at: open.at, counts } : null;
  }
}
