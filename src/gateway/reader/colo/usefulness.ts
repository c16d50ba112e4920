import type { Clock } from "../../../runtime/clock.ts";

/** So many looks that find nothing, one after the other, are enough. */
const LOOKS = 32;

/** A look that fails or is late counts for so many: it made a reader wait. */
const FAILED_COUNTS = 8;

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 600_000;

/** Whether a place where bodies may lie is worth a look: for a while it is not, once it was found useless. */
export class Usefulness {
  readonly #clock: Clock;
  #useless = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isWorthIt(): boolean {
    return this.#clock.now() >= this.#pausedUntil;
  }

  found(): void {
    this.#useless = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  foundNothing(): void {
    this.#count(1);
  }

  failed(): void {
    this.#count(FAILED_COUNTS);
  }

  #count(looks: number): void {
    this.#useless += looks;
    if (this.#useless < LOOKS) return;
    this.#useless = 0;
    this.#pausedUntil = this.#clock.now() + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }
}
