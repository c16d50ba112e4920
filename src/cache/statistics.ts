import type { Isolate } from "./context/isolate.ts";
import type { CacheEvent, Tier } from "./entry/events.ts";

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

/** Counts everything by its event, but hits in memory that nobody listens to: those the isolate counts. */
export class Tally {
  readonly isolate: Isolate;
  #counts: Counts = {};
  /** Set by the first event: while a script starts up, workerd has no time yet. */
  #since: number | undefined;

  constructor(isolate: Isolate) {
    this.isolate = isolate;
  }

  count(event: CacheEvent): void {
    this.#since ??= this.isolate.clock.now();
    const what = event.type === "hit" ? event.tier : event.type;
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  reset(): void {
    this.isolate.memoryHits = 0;
    this.#counts = {};
    this.#since = this.isolate.clock.now();
  }

  read(): Statistics {
    const { clock, memory, memoryHits } = this.isolate;
    const of = (what: keyof Counts) => this.#counts[what] ?? 0;
    const hits = { memory: memoryHits + of("memory"), store: of("store") };
    const served = hits.memory + hits.store + of("stale");
    return {
      hits,
      stale: of("stale"),
      misses: of("miss"),
      joined: of("join"),
      loads: of("load"),
      loadErrors: of("load-error"),
      sets: of("set"),
      refusals: of("refuse"),
      invalidations: of("invalidate"),
      storeErrors: of("store-error"),
      hitRatio: served === 0 ? 0 : served / (served + of("miss") + of("join")),
      memory: { entries: memory.size, bytes: memory.bytes },
      since: this.#since ?? clock.now(),
    };
  }
}

/** Hits by their tier, everything else by the type of its event. */
type Counts = { [what in Exclude<CacheEvent["type"], "hit"> | Tier]?: number };
