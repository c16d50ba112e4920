import type { Clock } from "../../src/runtime/clock.ts";
import { EventQueue } from "./event-queue.ts";

/** Far from midnight, at which budgets of a day begin again. */
export const NOON = Date.UTC(2026, 7, 1, 12);

/**
 * Virtual time, which moves only from one event to the next. Events of one time happen in the order in which they were
 * asked for. Real work, such as a question to a real database, takes no virtual time: see `hold`.
 */
export class Timeline {
  readonly #events = new EventQueue();
  readonly #held = new Set<Promise<unknown>>();
  #now: number;

  /** @param startsAt milliseconds; 0 unless told otherwise */
  constructor(startsAt = 0) {
    this.#now = startsAt;
  }

  get now(): number {
    return this.#now;
  }

  /** Does the work at that time, or now if it has passed. The returned function cancels it. */
  at(time: number, work: () => void): () => void {
    return this.#events.add(Math.max(time, this.#now), work);
  }

  after(milliseconds: number, work: () => void): () => void {
    return this.at(this.#now + milliseconds, work);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve));
  }

  /** Time stands still until this real work is done. */
  hold<T>(work: Promise<T>): Promise<T> {
    this.#held.add(work);
    const done = () => void this.#held.delete(work);
    work.then(done, done);
    return work;
  }

  /** This time, as code under test asks for it. */
  clock(): Clock {
    return {
      now: () => this.#now,
      sleep: (milliseconds) => this.sleep(milliseconds),
      after: (milliseconds, ring) => this.after(milliseconds, ring),
    };
  }

  /** Lets time pass until then. After each event all promise callbacks that it leads to run before the next. */
  async run(until: number): Promise<void> {
    await this.#settle();
    for (let next = this.#events.next; next !== undefined && next <= until; next = this.#events.next) {
      const work = this.#events.take();
      if (work === null) continue;
      this.#now = next;
      work();
      await this.#settle();
    }
    this.#now = until;
  }

  /** Lets time pass until this is done, or nothing is left that could happen. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    await this.#settle();
    for (let next = this.#events.next; !isDone && next !== undefined; next = this.#events.next)
      await this.run(next);
    return work;
  }

  async #settle(): Promise<void> {
    await turn();
    while (this.#held.size > 0) {
      await Promise.allSettled(this.#held);
      await turn();
    }
  }
}

/** A turn of Node's own loop: all promise callbacks that are ready have run by then. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
