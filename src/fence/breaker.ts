import type { Clock } from "../runtime/clock.ts";

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * A circuit breaker: opens for a while after several failures in a row. After that, a single failure opens it again.
 */
export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #openUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get open(): boolean {
    return this.#clock.now() < this.#openUntil;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = Number.NEGATIVE_INFINITY;
  }

  failed(): void {
    if (this.open) return;
    this.#failures++;
    const pauses = this.#failures - FAILURES_TO_OPEN;
    if (pauses < 0) return;
    this.#openUntil = this.#clock.now() + Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS);
  }
}
