export type Priority = "miss" | "refresh";

/** Lets so many pieces of work run at once; misses go before refreshes, and refreshes take at most half. */
export class Limiter {
  readonly #places: number;
  readonly #waiting: Record<Priority, (() => void)[]> = { miss: [], refresh: [] };
  readonly #running: Record<Priority, number> = { miss: 0, refresh: 0 };

  constructor(places: number) {
    this.#places = places;
  }

  async run<T>(priority: Priority, work: () => Promise<T>): Promise<T> {
    if (!this.#free(priority)) {
      await new Promise<void>((resolve) => this.#waiting[priority].push(resolve));
    } else {
      this.#running[priority]++;
    }
    try {
      return await work();
    } finally {
      this.#running[priority]--;
      this.#wakeNext();
    }
  }

  #free(priority: Priority): boolean {
    const all = this.#running.miss + this.#running.refresh;
    return all < this.#places && (priority === "miss" || this.#running.refresh < Math.ceil(this.#places / 2));
  }

  /** The place is taken in the name of the woken, so that nobody slips in between. */
  #wakeNext(): void {
    for (const priority of ["miss", "refresh"] as const) {
      while (this.#free(priority)) {
        const next = this.#waiting[priority].shift();
        if (!next) break;
        this.#running[priority]++;
        next();
      }
    }
  }
}
