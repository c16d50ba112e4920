import type { Clock } from "./clock.ts";

/** Above the precision of doubles near 2e12 (2.4e-4), and far below a millisecond. */
export const TICK_MS = 1e-3;

/** A clock that went back by more than this was set; by less, it was slewed. */
const STEP_MS = 25;

/**
 * A clock for measuring ages, which never goes back. When the platform's clock is set back, this one continues from
 * where it was; otherwise everything recorded before would look young until the old time is reached again.
 *
 * In workerd time stands still between I/O, so two events in sequence can show the same time. With a `tick`, every
 * reading is later than the one before, and a bound of 0 s means what it says.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  readonly #tick: number;
  #offset = 0;
  /** The latest time of the platform's clock, without our ticks. */
  #latest = Number.NEGATIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tick: number) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** Called when the clock was set back: it is unknown how much time has really passed. */
  onStep: () => void = () => {};

  now(): number {
    const shown = this.#clock.now();
    const step = this.#latest - shown;
    if (step < 0 || step > STEP_MS) this.#latest = shown;
    if (step > STEP_MS) this.#offset += step;
    const now = shown + this.#offset;
    this.#last = now > this.#last ? now : this.#last + this.#tick;
    if (step > STEP_MS) this.onStep();
    return this.#last;
  }

  sleep(milliseconds: number): Promise<void> {
    return this.#clock.sleep(milliseconds);
  }

  after(milliseconds: number, ring: () => void): () => void {
    return this.#clock.after(milliseconds, ring);
  }
}

/**
 * How many whole milliseconds ago a moment was by this clock, to tell another machine. Ticks say what came before what here; on
 * another clock they are no time, and by them what began before a strict read would do for it (P21).
 */
export function wholeMsSince(moment: number, now: number): number {
  return Math.max(0, Math.floor(now - moment));
}
