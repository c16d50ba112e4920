interface Event {
  readonly at: number;
  readonly order: number;
  work: (() => void) | null;
}

/** Events by their time, in a binary heap. Those of one time leave in the order in which they came. */
export class EventQueue {
  readonly #heap: Event[] = [];
  #order = 0;

  /** When the next event is due, even if it was cancelled; undefined when there is none. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** The returned function cancels the event. */
  add(at: number, work: () => void): () => void {
    const event: Event = { at, order: this.#order++, work };
    this.#push(event);
    return () => {
      event.work = null;
    };
  }

  /** Removes the next event; null when it was cancelled, or when there is none. */
  take(): (() => void) | null {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first !== undefined && last !== undefined && heap.length > 0) this.#sink(last);
    return first?.work ?? null;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Event;
      if (!isBefore(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  /** Puts the event where the root was, and restores the heap below it. */
  #sink(event: Event): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Event, heap[below] as Event)) below++;
      if (!isBefore(heap[below] as Event, event)) break;
      heap[at] = heap[below] as Event;
      at = below;
    }
    heap[at] = event;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
