import type { Clock } from "./clock.ts";
import { within } from "./deadline.ts";

/**
 * Lets one request do the work of a key while the others wait for its result, within one isolate.
 *
 * In workerd a promise belongs to the request that made it. If that request is cancelled, the promise may never settle
 * and its `finally` never run (seen on workerd 2026-07/08). So every wait for another request has its own deadline:
 *
 * - a follower waits on a promise it made itself, raced with a timer it started itself;
 * - a flight expires by time, so a leader that vanished is replaced;
 * - only plain data passes from one request to another (a `Response` or a stream would throw).
 *
 * The leader must call `ctx.waitUntil(work)` synchronously, before the first await of `work`.
 */
export class SingleFlight<T = void> {
  readonly #live = new Map<string, LiveFlight<T>>();
  readonly #clock: Clock;
  readonly #expiryMs: number;

  constructor(clock: Clock, expiryMs: number) {
    this.#clock = clock;
    this.#expiryMs = expiryMs;
  }

  /**
   * Starts a flight that the caller leads. Returns `undefined` when another flight of the key is live: join that one.
   *
   * @param position what this flight will have seen, e.g. the mark of the last invalidation
   * @param need the least position of a live flight worth joining. One below it is superseded, because its result is
   * already known to be out of date
   */
  lead(key: string, position = 0, need = 0): Flight<T> | undefined {
    const now = this.#clock.now();
    // A cancelled leader never lands. Its record is removed here, by the next flight of any key.
    for (const [left, flight] of this.#live) {
      if (!this.#expired(flight, now)) break;
      this.#live.delete(left);
    }
    const live = this.#live.get(key);
    if (live !== undefined && live.position >= need && !this.#expired(live, now)) return undefined;
    // Deleted first to keep the map in order of start: the loop above stops at the first flight that is live.
    this.#live.delete(key);
    const waiters = new Set<Wake<T>>();
    const flight: LiveFlight<T> = {
      startedAt: now,
      position,
      waiters,
      land: (result) => {
        if (this.#live.get(key) === flight) this.#live.delete(key);
        for (const wake of waiters) wake(result);
      },
    };
    this.#live.set(key, flight);
    return flight;
  }

  /** Milliseconds until the live flight of `key` expires; 0 when there is none. */
  remaining(key: string): number {
    const live = this.#live.get(key);
    return live === undefined ? 0 : Math.max(0, live.startedAt + this.#expiryMs - this.#clock.now());
  }

  /** The result of the key's flight; `undefined` when it has none, takes longer than `milliseconds`, or does not exist. */
  async join(key: string, milliseconds: number): Promise<T | undefined> {
    const live = this.#live.get(key);
    if (live === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    live.waiters.add(resolve);
    const end = await within(this.#clock, milliseconds, promise, () => undefined);
    live.waiters.delete(resolve);
    return end;
  }

  /** In both directions: a clock that was set back must not keep a dead flight alive for hours. */
  #expired(live: LiveFlight<T>, now: number): boolean {
    return Math.abs(now - live.startedAt) >= this.#expiryMs;
  }
}

export interface Flight<T = void> {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Ends the flight and wakes its followers. Without a `result`, which must be plain data, they get `undefined`. */
  land(result?: T): void;
}

type Wake<T> = (result: T | undefined) => void;

interface LiveFlight<T> extends Flight<T> {
  readonly position: number;
  readonly waiters: Set<Wake<T>>;
}
