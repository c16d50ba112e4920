import { MISSES_WAITING, MISSES_WAITING_PER_CLIENT } from "../protocol/constants.ts";

export type Priority = "miss" | "refresh";

/** Work that waits for its place, or has it. */
export interface Place {
  priority: Priority;
  /** Whose reader waits for it: one owner's network. Of no meaning for a refresh. */
  client: string;
  /** Set while it waits; called with false when it is not worth waiting any more. */
  enter: ((admitted: boolean) => void) | null;
}

/**
 * Lets so many pieces of work run at once. Misses go before refreshes, and refreshes take at most half.
 *
 * Among misses it is fair by client. A client may hold as many places as it leaves free for others, and those who wait
 * take turns. So one client has half of the places at most, a second one half of the rest, and so on: whoever holds none
 * finds a place until very many clients at once are greedy, and then waits for its turn among clients, not among reads.
 *
 * A client that is alone borrows the other half, too. To others, borrowed places do not count as taken: they find what
 * they would have found without the loan. So for a moment half as many again may run. Nothing more is borrowed while
 * others hold or wait, and what the borrower leaves pays the loan back first.
 */
export class Limiter {
  readonly #places: number;
  /** By client, in the order of their turns; none is empty. */
  readonly #misses = new Map<string, Set<Place>>();
  /** Misses that wait, of all clients. */
  #waiting = 0;
  readonly #refreshes = new Set<Place>();
  /** Misses under way, by client. */
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

  /** Runs the work when it has a place. Null: it has waited until `giveUp`. */
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
    // As it was when the place was taken: it may be promoted while it runs, which changes nothing.
    const { priority, client } = place;
    try {
      return await work();
    } finally {
      this.#leave(priority, client);
      this.#wakeNext();
    }
  }

  /** Takes what still waits out of its queue. */
  giveUp(place: Place): void {
    if (place.enter === null) return;
    this.#unqueue(place);
    place.enter(false);
    place.enter = null;
    // Whoever was alone but for this one may borrow again.
    this.#wakeNext();
  }

  /**
   * A reader waits for this work now. A refresh becomes a miss, and one that waits in the turns of a client that holds
   * more than the reader's moves to those of the reader's.
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

  /** Whether the client holds less than it leaves free, the loan aside. */
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
