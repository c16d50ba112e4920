import type { Clock } from "./clock.ts";

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
  readonly #records = new Map<string, FlightRecord<T>>();
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
    this.#forgetExpired(now);
    const live = this.#records.get(key);
    if (live !== undefined && live.position >= need && !this.#expired(live, now)) return undefined;
    const record: FlightRecord<T> = { startedAt: now, position, waiters: new Set() };
    // Deleted first: the map's order is the order of start, which is what forgetting relies on.
    this.#records.delete(key);
    this.#records.set(key, record);
    return {
      startedAt: now,
      land: (result) => {
        if (this.#records.get(key) === record) this.#records.delete(key);
        for (const wake of record.waiters) wake(result);
        record.waiters.clear();
      },
    };
  }

  /** Milliseconds until the live flight of `key` expires; 0 when there is none. */
  remaining(key: string): number {
    const record = this.#records.get(key);
    return record === undefined ? 0 : Math.max(0, record.startedAt + this.#expiryMs - this.#clock.now());
  }

  /** Resolves `"landed"` when the flight of `key` ends (at once if there is none), else `"timeout"` after `milliseconds`. */
  async wait(key: string, milliseconds: number): Promise<"landed" | "timeout"> {
    let end: "landed" | "timeout" = "landed";
    await this.#attend(key, milliseconds, () => {
      end = "timeout";
    });
    return end;
  }

  /** What the flight of `key` landed with; `undefined` when it landed empty-handed, timed out, or there is none. */
  join(key: string, milliseconds: number): Promise<T | undefined> {
    return this.#attend(key, milliseconds, () => {});
  }

  async #attend(key: string, milliseconds: number, onTimeout: () => void): Promise<T | undefined> {
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    const alarm = new AbortController();
    let wake: (result: T | undefined) => void = () => {};
    const landing = new Promise<T | undefined>((resolve) => {
      wake = resolve;
    });
    record.waiters.add(wake);
    const deadline = this.#clock.sleep(milliseconds, alarm.signal).then(() => {
      if (!alarm.signal.aborted) onTimeout();
      return undefined;
    });
    try {
      return await Promise.race([landing, deadline]);
    } finally {
      record.waiters.delete(wake);
      alarm.abort();
    }
  }

  /** A leader that was cancelled never lands: what it left behind goes with the next flight of any key. */
  #forgetExpired(now: number): void {
    for (const [key, record] of this.#records) {
      if (!this.#expired(record, now)) return;
      this.#records.delete(key);
    }
  }

  /** Both ways: a clock that was set back must not keep a dead flight alive for hours. */
  #expired(record: FlightRecord<T>, now: number): boolean {
    return Math.abs(now - record.startedAt) >= this.#expiryMs;
  }
}

export interface Flight<T = void> {
  /** When the leader started, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Ends the flight, if it still is the key's, and wakes those who wait; `result` must be plain data. */
  land(result?: T): void;
}

interface FlightRecord<T> {
  readonly startedAt: number;
  readonly position: number;
  readonly waiters: Set<(result: T | undefined) => void>;
}
