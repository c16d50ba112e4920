import type { OperatorEvent } from "../keeper/protocol/operator-event.ts";
import type { Clock } from "../runtime/clock.ts";

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** Whoever stays unreachable is told of again this often. */
const TOLD_EVERY_MS = 600_000;

/**
 * A circuit breaker: opens for a while after several failures in a row. After that, a single failure opens it again.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #of: "keeper" | "mirror";
  #failures = 0;
  #successes = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #failingSince: string | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param of who is called */
  constructor(clock: Clock, of: "keeper" | "mirror" = "keeper") {
    this.#clock = clock;
    this.#of = of;
  }

  /** Called when it opens, rarely while failures go on, and when a call succeeds again. */
  tell: (event: OperatorEvent) => void = () => {};

  get open(): boolean {
    return this.#clock.now() < this.#openUntil;
  }

  /** How many calls have succeeded. */
  get successes(): number {
    return this.#successes;
  }

  succeeded(): void {
    this.#successes++;
    this.#failures = 0;
    this.#openUntil = Number.NEGATIVE_INFINITY;
    if (this.#failingSince === null) return;
    this.tell({ event: `${this.#of}-well`, since: this.#failingSince });
    this.#failingSince = null;
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }

  failed(): void {
    if (this.open) return;
    this.#failures++;
    const pauses = this.#failures - FAILURES_TO_OPEN;
    if (pauses < 0) return;
    const now = this.#clock.now();
    this.#openUntil = now + Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS);
    this.#failingSince ??= new Date(now).toISOString();
    if (now - this.#toldAt < TOLD_EVERY_MS) return;
    this.#toldAt = now;
    this.tell({ event: `${this.#of}-unreachable`, since: this.#failingSince });
  }
}
