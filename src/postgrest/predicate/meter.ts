/**
 * What one verdict may cost: far more than a sensible filter takes on a row of ordinary size. Beyond it the answer counts
 * as affected. A step is a few nanoseconds of work: a character compared, a node visited.
 */
const STEPS_PER_VERDICT = 100_000;

/**
 * Counts work in steps. A clock would not help: in a Worker it stands still between I/O. `bench/questions/worst` checks that no
 * operation takes time without counting steps.
 */
export class Meter {
  readonly #limit: number;
  readonly #perVerdict: number;
  #spent = 0;
  #verdictEnds: number;

  /**
   * @param options.steps what everything may cost together; no limit when it is not given
   * @param options.perVerdict what each verdict may cost
   */
  constructor({
    steps = Number.POSITIVE_INFINITY,
    perVerdict = STEPS_PER_VERDICT,
  }: { readonly steps?: number; readonly perVerdict?: number } = {}) {
    this.#limit = steps;
    this.#perVerdict = perVerdict;
    this.#verdictEnds = Math.min(steps, perVerdict);
  }

  get spent(): number {
    return this.#spent;
  }

  /** Whether all steps are spent. */
  get isSpent(): boolean {
    return this.#spent > this.#limit;
  }

  /** Whether this verdict has cost too much. */
  get isOver(): boolean {
    return this.#spent > this.#verdictEnds;
  }

  /** What this verdict may still cost. */
  get left(): number {
    return this.#verdictEnds - this.#spent;
  }

  /** Begins the next verdict. */
  begin(): void {
    this.#verdictEnds = Math.min(this.#limit, this.#spent + this.#perVerdict);
  }

  /** Counts steps of this verdict. False when it has cost too much: you must not do the work. */
  spend(steps: number): boolean {
    this.#spent += steps;
    return this.#spent <= this.#verdictEnds;
  }

  /** Counts steps that benefit many verdicts, and charges none of them. False when all steps are spent. */
  share(steps: number): boolean {
    this.#spent += steps;
    this.#verdictEnds = Math.min(this.#limit, this.#verdictEnds + steps);
    return this.#spent <= this.#limit;
  }
}
