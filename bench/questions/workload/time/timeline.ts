import type { Clock } from "../../../../src/runtime/clock.ts";

interface Moment {
  readonly at: number;
  readonly order: number;
  work: (() => void) | null;
}

/**
 * Virtual time, which moves only from one event to the next. Real work, such as a question to a real database, is
 * waited for before it moves on, and so takes no virtual time by itself.
 */
export class Timeline {
  readonly #heap: Moment[] = [];
  readonly #held = new Set<Promise<unknown>>();
  #now: number;
  #order = 0;

  constructor(startsAt = Date.UTC(2026, 7, 1, 12)) {
    this.#now = startsAt;
  }

  get now(): number {
    return this.#now;
  }

  at(time: number, work: () => void): () => void {
    const moment: Moment = { at: Math.max(time, this.#now), order: this.#order++, work };
    this.#push(moment);
    return () => {
      moment.work = null;
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.at(this.#now + milliseconds, resolve));
  }

  /** Time stands still until this real work is done. */
  hold<T>(work: Promise<T>): Promise<T> {
    this.#held.add(work);
    const done = () => void this.#held.delete(work);
    work.then(done, done);
    return work;
  }

  /** Everything that code under test may ask of time. */
  clock(): Clock {
    return {
      now: () => this.#now,
      sleep: (milliseconds) => this.sleep(milliseconds),
      after: (milliseconds, ring) => this.at(this.#now + milliseconds, ring),
    };
  }

  /** Lets time pass until then; after each event all that it leads to at once is worked off. */
  async run(until: number): Promise<void> {
    await this.#settle();
    for (let next = this.#heap[0]; next && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      if (next.work === null) continue;
      this.#now = next.at;
      next.work();
      await this.#settle();
    }
    this.#now = until;
  }

  /** Runs until this is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    await this.#settle();
    while (!isDone && this.#heap[0]) await this.run(this.#heap[0].at);
    return work;
  }

  async #settle(): Promise<void> {
    await turn();
    while (this.#held.size > 0) {
      await Promise.allSettled(this.#held);
      await turn();
    }
  }

  #push(moment: Moment): void {
    const heap = this.#heap;
    let at = heap.push(moment) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Moment;
      if (!isBefore(moment, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = moment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Moment;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Moment, heap[below] as Moment)) below++;
      if (!isBefore(heap[below] as Moment, last)) break;
      heap[at] = heap[below] as Moment;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A turn of Node's own loop: all promise callbacks that are ready have run by then. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
