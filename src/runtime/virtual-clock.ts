import type { Clock } from "./clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Time that moves only when told to, for deterministic tests. Like workerd's clock, it stands still while code runs. */
export class VirtualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(startsAt = Date.UTC(2026, 7, 1)) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve));
  }

  after(milliseconds: number, ring: () => void): () => void {
    const sleeper = { due: this.#now + milliseconds, wake: ring };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  /** The number of pending timers: 0 when none has leaked. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time forward. Timers fire in order, and the work that each one starts runs before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const next = this.#sleepers.toSorted((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Sets the clock, possibly back, without firing timers: what a time server may do. */
  step(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** Runs the promise callbacks that are ready. Does not wait for real I/O. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
