import { CLOCK_SKEW_MS, LOCAL_INVALIDATIONS } from "../entry/limits.ts";
import type { Name } from "../entry/names.ts";

/** When the load of an entry began: by this isolate's count of invalidations, or by time if another isolate loaded it. */
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
 * What this isolate itself has invalidated, and when. It refuses an entry whose load began before the last invalidation
 * of one of its names, whether it comes from a load under way or from a store that lags behind.
 *
 * It remembers names exactly, where a keeper uses buckets of hashes: nearly all entries have a few names in common
 * (their namespace, their kind), and a collision with one of those would refuse everything. When there are too many
 * names, it forgets the oldest, whose mark then counts for all names.
 */
export class LocalFence {
  /** Goes up whenever an entry that was accepted may no longer be. Shared by all caches of a store in an isolate. */
  epoch = 0;
  /** The number of invalidations so far. It orders events of one millisecond, and while workerd's clock stands still. */
  mark = 0;
  readonly #raised = new Map<Name, Raised>();
  #floor: Raised = { mark: 0, time: Number.NEGATIVE_INFINITY };
  #isolate: string | undefined;

  /** Made on first use: workerd has no randomness while a script starts up. */
  get isolate(): string {
    this.#isolate ??= crypto.randomUUID().slice(0, 8);
    return this.#isolate;
  }

  raise(names: readonly Name[], now: number): void {
    this.mark++;
    this.epoch++;
    const raised = { mark: this.mark, time: now };
    for (const name of names) {
      // Deleted first, to keep the map in the order of invalidation.
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
    // Names are new strings in each call. While nothing was invalidated, this saves hashing them.
    if (this.#raised.size === 0) return last;
    for (const name of names) last = Math.max(last, this.#raised.get(name)?.mark ?? 0);
    return last;
  }

  /** True when none of the names was invalidated after this position. */
  accepts(names: readonly Name[], position: LocalPosition): boolean {
    if (this.#raised.size === 0) return true;
    if (position.isolate === this.#isolate) return position.mark >= this.last(names);
    const raised = [this.#floor, ...names.map((name) => this.#raised.get(name))];
    return !raised.some((one) => one && position.startedAt <= one.time + CLOCK_SKEW_MS);
  }
}
