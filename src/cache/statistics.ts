import type { Clock } from "./clock.ts";
import type { CacheEvent } from "./events.ts";

/** Counts of one isolate since it started, or since `resetStats`. The world's totals are the sum over isolates. */
export interface Statistics {
  readonly hits: { readonly memory: number; readonly store: number };
  /** Served beyond the time to live. */
  readonly stale: number;
  readonly misses: number;
  /** Answered by a load that another request had under way; not among the misses. */
  readonly joined: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly sets: number;
  readonly refusals: number;
  readonly invalidations: number;
  readonly storeErrors: number;
  /** Hits and stale answers of all answers, 0 to 1; 0 when there were none. */
  readonly hitRatio: number;
  readonly memory: { readonly entries: number; readonly bytes: number };
  /** When counting began, milliseconds since the epoch. */
  readonly since: number;
}

/** Hits in memory are counted by hand, on the shortest path; everything else by its event. */
export class Tally {
  memoryHits = 0;
  readonly #counts = new Map<string, number>();
  readonly #clock: Clock;
  /** Set by the first event: while a script starts up, workerd has no time yet. */
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(event: CacheEvent): void {
    this.#since ??= this.#clock.now();
    const what = event.type === "hit" ? `hit-${event.tier}` : event.type;
    this.#counts.set(what, this.#of(what) + 1);
  }

  reset(): void {
    this.memoryHits = 0;
    this.#counts.clear();
    this.#since = this.#clock.now();
  }

  read(memory: Statistics["memory"]): Statistics {
    const hits = { memory: this.memoryHits + this.#of("hit-memory"), store: this.#of("hit-store") };
    const stale = this.#of("stale");
    const misses = this.#of("miss");
    const joined = this.#of("join");
    const served = hits.memory + hits.store + stale;
    return {
      hits,
      stale,
      misses,
      joined,
      loads: this.#of("load"),
      loadErrors: this.#of("load-error"),
      sets: this.#of("set"),
      refusals: this.#of("refuse"),
      invalidations: this.#of("invalidate"),
      storeErrors: this.#of("store-error"),
      hitRatio: served === 0 ? 0 : served / (served + misses + joined),
      memory,
      since: this.#since ?? this.#clock.now(),
    };
  }

  #of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
}
