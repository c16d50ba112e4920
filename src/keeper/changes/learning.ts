import type { Clock } from "../../runtime/clock.ts";

/** Marks remembered: isolates that are further behind are not worth the memory. */
const REMEMBERED = 256;

/** When each of the last marks came to be, and how late its change was by then: what isolates learn, and how late. */
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

  /** For each mark above this one, how long ago its change was made: the isolate learns of it now. */
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
