export type Priority = "miss" | "refresh";

/** Work that waits for its place, or has it. */
export interface Place {
  priority: Priority;
  /** Whose reader waits for it: one owner's network. Of no meaning for a refresh. */
  client: string;
  /** Set while it waits. */
  enter: (() => void) | null;
}

/**
 * Lets so many pieces of work run at once. Misses go before refreshes, and refreshes take at most half.
 *
 * Among misses it is fair by client. A client may hold as many places as it leaves free for others, and those who wait
 * take turns. So one client has half of the places at most, a second one half of the rest, and so on: whoever holds none
 * finds a place until very many clients at once are greedy, and then waits for its turn among clients, not among reads.
 */
export class Limiter {
  readonly #places: number;
  /** By client, in the order of their turns; none is empty. */
  readonly #misses = new Map<string, Set<Place>>();
  readonly #refreshes = new Set<Place>();
  /** Misses under way, by client. */
  readonly #held = new Map<string, number>();
  #running = 0;
  #refreshing = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** How many of a client's misses wait for a place. */
  waiting(client: string): number {
    return this.#misses.get(client)?.size ?? 0;
  }

  async run<T>(place: Place, work: () => Promise<T>): Promise<T> {
    if (this.#mayEnter(place)) {
      this.#enter(place);
    } else {
      await new Promise<void>((enter) => {
        place.enter = enter;
        this.#queue(place);
      });
    }
    // As it was when the place was taken: it may be promoted while it runs, which changes nothing.
    const { priority, client } = place;
    try {
      return await work();
    } finally {
      this.#leave(priority, client);
      this.#wakeNext();
    }
  }

  /**
   * A reader waits for this work now. A refresh becomes a miss, and one that waits in the turns of a client that holds
   * more than the reader's moves to those of the reader's.
   */
  promote(place: Place, client: string): void {
    if (place.enter === null) return;
    const { priority, client: before } = place;
    if (priority === "miss" && this.#heldBy(before) <= this.#heldBy(client)) return;
    if (priority === "refresh") this.#refreshes.delete(place);
    else this.#dequeue(place);
    place.priority = "miss";
    place.client = client;
    this.#queue(place);
    this.#wakeNext();
  }

  #heldBy(client: string): number {
    return this.#held.get(client) ?? 0;
  }

  #mayEnter({ priority, client }: Pick<Place, "priority" | "client">): boolean {
    const free = this.#places - this.#running;
    if (priority === "refresh") return free > 0 && this.#refreshing < Math.ceil(this.#places / 2);
    return this.#heldBy(client) < free;
  }

  #enter({ priority, client }: Place): void {
    this.#running++;
    if (priority === "refresh") this.#refreshing++;
    else this.#held.set(client, this.#heldBy(client) + 1);
  }

  #leave(priority: Priority, client: string): void {
    this.#running--;
    const held = this.#heldBy(client) - 1;
    if (priority === "refresh") this.#refreshing--;
    else if (held > 0) this.#held.set(client, held);
    else this.#held.delete(client);
  }

  #queue(place: Place): void {
    if (place.priority === "refresh") {
      this.#refreshes.add(place);
      return;
    }
    const queue = this.#misses.get(place.client) ?? new Set();
    queue.add(place);
    this.#misses.set(place.client, queue);
  }

  #dequeue(place: Place): void {
    const queue = this.#misses.get(place.client);
    queue?.delete(place);
    if (queue?.size === 0) this.#misses.delete(place.client);
  }

  /** The place is taken in the name of the woken, so that nobody slips in between. */
  #wakeNext(): void {
    for (let next = this.#nextMiss(); next; next = this.#nextMiss()) {
      this.#dequeue(next);
      const rest = this.#misses.get(next.client);
      // Its next turn comes after everybody else's.
      if (rest) {
        this.#misses.delete(next.client);
        this.#misses.set(next.client, rest);
      }
      this.#wake(next);
    }
    for (const place of this.#refreshes) {
      if (!this.#mayEnter(place)) break;
      this.#refreshes.delete(place);
      this.#wake(place);
    }
  }

  #nextMiss(): Place | undefined {
    if (this.#running >= this.#places) return undefined;
    for (const [client, queue] of this.#misses) {
      if (this.#mayEnter({ priority: "miss", client })) return queue.values().next().value;
    }
    return undefined;
  }

  #wake(place: Place): void {
    this.#enter(place);
    place.enter?.();
    place.enter = null;
  }
}
