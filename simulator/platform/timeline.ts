interface Moment {
  readonly at: number;
  readonly order: number;
  work: (() => void) | null;
}

/**
 * True time, which moves only from one event to the next; what happens at the same time happens in the order in
 * which it was asked for. No machine shows this time: they have clocks of their own.
 */
export class Timeline {
  readonly #heap: Moment[] = [];
  #now = 0;
  #order = 0;

  get now(): number {
    return this.#now;
  }

  /** Does it then; the returned function calls it off. */
  at(time: number, work: () => void): () => void {
    const moment: Moment = { at: Math.max(time, this.#now), order: this.#order++, work };
    this.#push(moment);
    return () => {
      moment.work = null;
    };
  }

  after(milliseconds: number, work: () => void): () => void {
    return this.at(this.#now + milliseconds, work);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve));
  }

  /** Lets time pass until then. After each event every promise that it settles is worked off. */
  async run(until: number): Promise<void> {
    await drained();
    for (let next = this.#heap[0]; next && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      if (next.work === null) continue;
      this.#now = next.at;
      next.work();
      await drained();
    }
    this.#now = until;
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
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
