import { CLOCK_SKEW_MS, LOCAL_INVALIDATIONS } from "../entry/limits.ts";
import type { Name } from "../entry/names.ts";

/** Goes up whenever something that was judged good may no longer be; one for all caches of a store in an isolate. */
export interface Epoch {
  value: number;
}

/** Where an entry's load stood: in this isolate by count, for those of other isolates by time. */
export interface LocalPosition {
  readonly isolate: string;
  readonly mark: number;
  readonly startedAt: number;
}

interface Raised {
  readonly mark: number;
  readonly time: number;
}

/**
 * What this isolate itself has invalidated, and when. An entry whose load began before the last invalidation of one of
 * its names is refused, wherever it comes from: from a load that was under way, or from a store that lags behind.
 *
 * Names are remembered exactly, not by buckets of hashes as a keeper's are: nearly all entries stand on the same few
 * (their namespace, their kind), and one collision with those would refuse everything. Of too many, the longest past
 * is forgotten, and then counts for all names.
 */
export class LocalFence {
  readonly #epoch: Epoch;
  readonly #raised = new Map<Name, Raised>();
  #floor: Raised = { mark: 0, time: Number.NEGATIVE_INFINITY };
  /** The count of invalidations so far. It orders events of one millisecond, and while workerd's clock stands still. */
  mark = 0;
  #isolate: string | undefined;

  constructor(epoch: Epoch) {
    this.#epoch = epoch;
  }

  /** Made on first use: workerd has no randomness while a script starts up. */
  get isolate(): string {
    this.#isolate ??= crypto.randomUUID().slice(0, 8);
    return this.#isolate;
  }

  raise(names: readonly Name[], now: number): void {
    this.mark++;
    this.#epoch.value++;
    const raised = { mark: this.mark, time: now };
    for (const name of names) {
      // Deleted first: the map's order is the order of invalidation.
      this.#raised.delete(name);
      this.#raised.set(name, raised);
    }
    for (const [name, oldest] of this.#raised) {
      if (this.#raised.size <= LOCAL_INVALIDATIONS) break;
      this.#raised.delete(name);
      this.#floor = oldest;
    }
  }

  /** The mark of the last invalidation of any of the names. */
  last(names: readonly Name[]): number {
    let last = this.#floor.mark;
    // Names are new texts for each call: where nothing was invalidated they need not even be hashed.
    if (this.#raised.size === 0) return last;
    for (const name of names) last = Math.max(last, this.#raised.get(name)?.mark ?? 0);
    return last;
  }

  accepts(names: readonly Name[], position: LocalPosition): boolean {
    if (this.#raised.size === 0) return true;
    if (position.isolate === this.#isolate) return position.mark >= this.last(names);
    const raised = [this.#floor, ...names.map((name) => this.#raised.get(name))];
    return !raised.some((one) => one !== undefined && position.startedAt <= one.time + CLOCK_SKEW_MS);
  }
}
