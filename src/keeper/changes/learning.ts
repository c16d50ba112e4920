import type { Clock } from "../../runtime/clock.ts";

/** How many marks to remember; isolates further behind are not worth the memory. */
const REMEMBERED = 256;

/**
 * When each of the last marks was raised, and how old its change was by then, to measure how late isolates learn of
 * it.
 */
export class Learning {
  readonly #clock: Clock;
  readonly #marks: { readonly mark: number; readonly at: number; readonly late: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(mark: number, late: number): void {
    this.#marks.push({ mark, at: this.#clock.now(), late });
    if (this.#marks.length > REMEMBERED) this.#marks.shift();
  }

  /** For each mark above `known`, which an isolate learns of now, how many milliseconds ago its change was made. */
  since(known: number): readonly number[] {
    const now = this.#clock.now();
    const lags: number[] = [];
    for (let index = this.#marks.length - 1; index >= 0; index--) {
      const noted = this.#marks[index];
      if (!noted || noted.mark <= known) break;
      lags.push(now - noted.at + noted.late);
    }
    return lags;
  }
}
