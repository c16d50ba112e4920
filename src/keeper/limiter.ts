export type Priority = "miss" | "refresh";

/** Work that waits for its place, or has it. */
export interface Place {
  priority: Priority;
  /** Set while it waits. */
  enter: (() => void) | null;
}

/** Lets so many pieces of work run at once; misses go before refreshes, and refreshes take at most half. */
export class Limiter {
  readonly #places: number;
  readonly #waiting: Record<Priority, Set<Place>> = { miss: new Set(), refresh: new Set() };
  readonly #running: Record<Priority, number> = { miss: 0, refresh: 0 };

  constructor(places: number) {
    this.#places = places;
  }

  async run<T>(place: Place, work: () => Promise<T>): Promise<T> {
    if (this.#free(place.priority)) {
      this.#running[place.priority]++;
    } else {
      await new Promise<void>((enter) => {
        place.enter = enter;
        this.#waiting[place.priority].add(place);
      });
    }
    // As it was when the place was taken: it may be promoted while it runs, which changes nothing.
    const { priority } = place;
    try {
      return await work();
    } finally {
      this.#running[priority]--;
      this.#wakeNext();
    }
  }

  /** A refresh that a reader now waits for is a miss. */
  promote(place: Place): void {
    if (place.enter === null || place.priority === "miss") return;
    this.#waiting.refresh.delete(place);
    place.priority = "miss";
    this.#waiting.miss.add(place);
    this.#wakeNext();
  }

  #free(priority: Priority): boolean {
    const all = this.#running.miss + this.#running.refresh;
    return all < this.#places && (priority === "miss" || this.#running.refresh < Math.ceil(this.#places / 2));
  }

  /** The place is taken in the name of the woken, so that nobody slips in between. */
  #wakeNext(): void {
    for (const priority of ["miss", "refresh"] as const) {
      for (const place of this.#waiting[priority]) {
        if (!this.#free(priority)) break;
        this.#waiting[priority].delete(place);
        this.#running[priority]++;
        place.enter?.();
        place.enter = null;
      }
    }
  }
}
