import type { Clock } from "../cache/clock.ts";

/** Well above what doubles near 2e12 can tell apart (2.4e-4), far below a millisecond. */
const TICK_MS = 1e-3;

/** A clock that is further behind than this was set back: ticks of frozen time never add up to it. */
const STEP_MS = 1_000;

/**
 * An isolate's clock only measures how long ago something was, so it must never go back. In workerd time stands
 * still between I/O, and a read and a sync that was sent before it can show the same time: here every look ticks,
 * so what happened later is later, and a bound of 0 s means what it says. A clock that was set back goes on from
 * where it was; else all proofs would look young until the old time is reached again.
 */
export class IsolateClock implements Clock {
  readonly #clock: Clock;
  #offset = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    const now = this.#clock.now() + this.#offset;
    if (now > this.#last) {
      this.#last = now;
    } else {
      if (this.#last - now > STEP_MS) this.#offset += this.#last - now;
      this.#last += TICK_MS;
    }
    return this.#last;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(milliseconds, signal);
  }
}
