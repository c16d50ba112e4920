/**
 * Misses that wait for a place, of all clients together; each takes some KB of memory. Past it each client may still
 * have a few waiting, so that one long queue does not shut out the others; the isolates send the rest themselves.
 */
export const MISSES_WAITING = 1_000;
const MISSES_WAITING_PER_CLIENT = 64;

export type Priority = "miss" | "refresh";

/** Work that waits for a place, or has one. */
export interface Place {
  priority: Priority;
  /** The owner's network whose reader waits for it. Meaningless for a refresh. */
  client: string;
  /** Set while it waits. Called with false when it gives up waiting. */
  enter: ((admitted: boolean) => void) | null;
}

/**
 * Lets a fixed number of pieces of work run at once. Misses go before refreshes, and refreshes take at most half.
 *
 * Misses share the places fairly by client. A client may hold as many places as it leaves free for others, and waiting
 * clients take turns. One client gets at most half of the places, a second one half of the rest, and so on. A client
 * that holds none therefore finds a place unless very many clients are greedy at once; then it waits for its turn
 * among clients, not among reads.
 *
 * A client that is alone also borrows the other half. Borrowed places do not count as taken for others, who find what
 * they would have found without the loan, so half as many again may run for a moment. Nothing more is borrowed while
 * others hold places or wait, and each place that the borrower leaves first pays back the loan.
 */
export class Limiter {
  readonly #places: number;
  /** Waiting misses by client, in the order of turns. No set is empty. */
  readonly #misses = new Map<string, Set<Place>>();
  /** Waiting misses of all clients. */
  #waiting = 0;
  readonly #refreshes = new Set<Place>();
  /** How many running misses each client has. */
  readonly #held = new Map<string, number>();
  #borrower = "";
  #borrowed = 0;
  #running = 0;
  #refreshing = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** How many of a client's misses wait for a place. */
  waits(client: string): number {
    return this.#misses.get(client)?.size ?? 0;
  }

  /** How many places a client's misses hold. */
  holds(client: string): number {
    return this.#held.get(client) ?? 0;
  }

  /** Whether one more miss of the client's may wait, if it finds no place. */
  mayWait(client: string): boolean {
    return this.#waiting < MISSES_WAITING || this.waits(client) < MISSES_WAITING_PER_CLIENT;
  }

  /** Runs the work once it has a place. Null: `giveUp` ended the wait. */
  async run<T>(place: Place, work: () => Promise<T>): Promise<T | null> {
    if (this.#mayEnter(place)) {
      this.#enter(place);
    } else {
      const isAdmitted = await new Promise<boolean>((enter) => {
        place.enter = enter;
        this.#queue(place);
      });
      if (!isAdmitted) return null;
    }
    // As they were when the place was taken: a promotion while it runs changes nothing.
    const { priority, client } = place;
    try {
      return await work();
    } finally {
      this.#leave(priority, client);
      this.#wakeNext();
    }
  }

  /** Ends the wait, if it still waits. */
  giveUp(place: Place): void {
    if (place.enter === null) return;
    this.#unqueue(place);
    place.enter(false);
    place.enter = null;
    // A client that is alone now may borrow again.
    this.#wakeNext();
  }

  /**
   * A reader now waits for this work. A refresh becomes a miss, and a miss queued for a client that holds more places
   * than the reader's client moves to the latter's queue.
   */
  promote(place: Place, client: string): void {
    if (place.enter === null) return;
    const { priority, client: before } = place;
    if (priority === "miss" && this.holds(before) <= this.holds(client)) return;
    this.#unqueue(place);
    place.priority = "miss";
    place.client = client;
    this.#queue(place);
    this.#wakeNext();
  }

  #mayEnter({ priority, client }: Pick<Place, "priority" | "client">): boolean {
    const free = this.#places - this.#running;
    if (priority === "refresh") return free > 0 && this.#refreshing < Math.ceil(this.#places / 2);
    return this.#isFair(client) || (free > 0 && this.#isAlone(client));
  }

  /** Whether the client holds fewer places than it leaves free, not counting the loan. */
  #isFair(client: string): boolean {
    const own = this.holds(client) - (client === this.#borrower ? this.#borrowed : 0);
    return own < this.#places - (this.#running - this.#borrowed);
  }

  /** Whether no other client's miss holds a place or waits for one. */
  #isAlone(client: string): boolean {
    const isOnly = (clients: ReadonlyMap<string, unknown>) => clients.size === (clients.has(client) ? 1 : 0);
    return isOnly(this.#held) && isOnly(this.#misses);
  }

  #enter({ priority, client }: Place): void {
    if (priority === "refresh") this.#refreshing++;
    else {
      if (!this.#isFair(client)) {
        this.#borrower = client;
        this.#borrowed++;
      }
      this.#held.set(client, this.holds(client) + 1);
    }
    this.#running++;
  }

  #leave(priority: Priority, client: string): void {
    this.#running--;
    if (priority === "refresh") {
      this.#refreshing--;
      return;
    }
    if (client === this.#borrower && this.#borrowed > 0) this.#borrowed--;
    const held = this.holds(client) - 1;
    if (held > 0) this.#held.set(client, held);
    else this.#held.delete(client);
  }

  #queue(place: Place): void {
    if (place.priority === "refresh") {
      this.#refreshes.add(place);
      return;
    }
    const queue = this.#misses.get(place.client) ?? new Set();
    queue.add(place);
    this.#waiting++;
    this.#misses.set(place.client, queue);
  }

  #unqueue(place: Place): void {
    if (place.priority === "refresh") this.#refreshes.delete(place);
    else this.#dequeue(place);
  }

  #dequeue(place: Place): void {
    const queue = this.#misses.get(place.client);
    if (queue?.delete(place)) this.#waiting--;
    if (queue?.size === 0) this.#misses.delete(place.client);
  }

  /** Takes the place on behalf of the one it wakes, so that no other slips in between. */
  #wakeNext(): void {
    for (let next = this.#nextMiss(); next; next = this.#nextMiss()) {
      this.#dequeue(next);
      const rest = this.#misses.get(next.client);
      // The client's next turn comes after everyone else's.
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
    if (this.#running - this.#borrowed >= this.#places) return undefined;
    for (const [client, queue] of this.#misses) {
      if (this.#mayEnter({ priority: "miss", client })) return queue.values().next().value;
    }
    return undefined;
  }

  #wake(place: Place): void {
    this.#enter(place);
    place.enter?.(true);
    place.enter = null;
  }
}
