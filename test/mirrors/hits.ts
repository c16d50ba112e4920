import type { Answer } from "../../testing/gateway/stack.ts";
import { PATIENCE_MS, until } from "../../testing/patience.ts";
import { isHit } from "../signed-in/people.ts";
import { PLACES } from "./places.ts";

/**
 * Where answers have come from the cache: without such answers a test of their age would show nothing. How many of all they
 * are depends on the machine, so a test goes on until there was one at each place.
 */
export class Hits {
  readonly #at = new Set<string>();
  #since = performance.now();

  /** Forgets those so far. */
  restart(): void {
    this.#at.clear();
    this.#since = performance.now();
  }

  /** @param began when the read began: one from before `restart` does not count */
  note(place: string, answer: Answer, began: number): void {
    if (began >= this.#since && isHit(answer)) this.#at.add(place);
  }

  get missing(): readonly string[] {
    return PLACES.map(({ at }) => at).filter((at) => !this.#at.has(at));
  }

  /** Waits for one at each place that begins from now on. */
  everywhere(): Promise<unknown> {
    this.restart();
    return until(
      () => `there is a hit at ${this.missing}`,
      () => this.missing.length === 0,
    );
  }

  /**
   * Repeats work until there was a hit at each place. `work` pauses for the time that it is given, more from one time to the
   * next: a machine on which a read takes longer than a bound gets hits only where changes are rarer than reads.
   */
  async meanwhile(firstPauseMs: number, work: (pauseMs: number) => Promise<void>): Promise<void> {
    this.restart();
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      await work(pauseMs);
      if (this.missing.length === 0) return;
      if (pauseMs > PATIENCE_MS) throw new Error(`No hit at ${this.missing}`);
    }
  }
}
