import type { Clock } from "./clock.ts";

/**
 * A limit to what is under way at once, in one isolate. A client may hold as many places as it leaves free, so that one
 * alone never has all of them. Whoever takes a place gives it back, and loses it after a while in any case: in workerd a
 * request that is cancelled never gets to its `finally` (see `SingleFlight`), and places that are never given back would
 * leave none for anybody, for as long as the isolate lives.
 */
export class Places {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #heldMs: number;
  /** When each was taken, the earliest first. */
  readonly #taken = new Set<{ readonly at: number; readonly client: string }>();

  /**
   * @param most how many there are
   * @param heldMs for how long one may be held
   */
  constructor(clock: Clock, most: number, heldMs: number) {
    this.#clock = clock;
    this.#most = most;
    this.#heldMs = heldMs;
  }

  /** Takes one. Returns what gives it back, which may be called more than once; `undefined`: there is none for this client. */
  take(client: string): (() => void) | undefined {
    const now = this.#clock.now();
    for (const place of this.#taken) {
      // In both directions: a clock that was set back must not keep a place taken for hours.
      if (Math.abs(now - place.at) < this.#heldMs) break;
      this.#taken.delete(place);
    }
    let own = 0;
    for (const place of this.#taken) if (place.client === client) own++;
    if (own >= this.#most - this.#taken.size) return undefined;
    const place = { at: now, client };
    this.#taken.add(place);
    return () => void this.#taken.delete(place);
  }
}
