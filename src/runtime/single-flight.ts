import type { Clock } from "./clock.ts";
import { within } from "./deadline.ts";

/**
 * Who leads and who waits, per key, within one isolate.
 *
 * In workerd a promise belongs to the request that made it: when that request is cancelled the promise may never
 * settle, and its `finally` never runs (seen on workerd 2026-07/08). So nobody here waits for another request
 * without a deadline of their own:
 *
 * - a follower waits on a promise it made itself, raced with a timer it started itself;
 * - the record of a flight expires by time, so a leader that vanished is replaced;
 * - only plain data crosses from one request to another (a `Response` or a stream would throw).
 *
 * The leader's part: call `ctx.waitUntil(work)` synchronously, before the first await of `work`.
 */
export class Flights<T = void> {
  readonly #live = new Map<string, LiveFlight<T>>();
  readonly #clock: Clock;
  readonly #expiryMs: number;

  constructor(clock: Clock, expiryMs: number) {
    this.#clock = clock;
    this.#expiryMs = expiryMs;
  }

  /**
   * The flight that the caller now leads, or `undefined` while somebody else's is live.
   *
   * @param position what this flight will have seen, e.g. the mark of the last invalidation
   * @param need the least position a live flight must have to be joined; one below it is superseded, because
   * what it brings home is already known to be out of date
   */
  lead(key: string, position = 0, need = 0): Flight<T> | undefined {
    const now = this.#clock.now();
    // A leader that was cancelled never lands: what it left behind goes with the next flight of any key.
    for (const [left, flight] of this.#live) {
      if (!this.#expired(flight, now)) break;
      this.#live.delete(left);
    }
    const live = this.#live.get(key);
    if (live !== undefined && live.position >= need && !this.#expired(live, now)) return undefined;
    // Deleted first: the map's order is the order of start, which is what forgetting relies on.
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

  /** What the flight of `key` landed with; `undefined` when it landed empty-handed, timed out, or there is none. */
  async join(key: string, milliseconds: number): Promise<T | undefined> {
    const live = this.#live.get(key);
    if (live === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    live.waiters.add(resolve);
    const end = await within(this.#clock, milliseconds, promise, () => undefined);
    live.waiters.delete(resolve);
    return end;
  }

  /** Both ways: a clock that was set back must not keep a dead flight alive for hours. */
  #expired(live: LiveFlight<T>, now: number): boolean {
    return Math.abs(now - live.startedAt) >= this.#expiryMs;
  }
}

export interface Flight<T = void> {
  /** When the leader started, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Ends the flight, if it still is the key's, and wakes those who wait; `result` must be plain data. */
  land(result?: T): void;
}

type Wake<T> = (result: T | undefined) => void;

interface LiveFlight<T> extends Flight<T> {
  readonly position: number;
  readonly waiters: Set<Wake<T>>;
}
