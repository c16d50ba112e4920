import type { Clock } from "./clock.ts";

/** Well above what doubles near 2e12 can tell apart (2.4e-4), far below a millisecond. */
export const TICK_MS = 1e-3;

/** A clock that is further behind than this was set back; less is how a clock is slewed. */
const STEP_MS = 25;

/**
 * A clock that only measures how long ago something was, and so must never go back. One that was set back goes on
 * from where it was; else all that was noted before would look young until the old time is reached again.
 *
 * In workerd time stands still between I/O, and two things that happened one after the other can show the same time.
 * With a `tick` every look is later than the one before: a bound of 0 s then means what it says.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  readonly #tick: number;
  #offset = 0;
  /** The latest time that the clock itself has shown: ticks of ours are no time of its. */
  #latest = Number.NEGATIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tick: number) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** Called when the clock was found set back: how much time has passed meanwhile, nobody knows. */
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
