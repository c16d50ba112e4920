import type { Isolate } from "./context/context.ts";
import type { CacheEvent, Tier } from "./entry/events.ts";

/** Counts of one isolate since it started, or since `resetStats`. For the whole world, add those of all isolates. */
export interface Statistics {
  readonly hits: { readonly memory: number; readonly store: number };
  /** Answers served after their time to live. */
  readonly stale: number;
  readonly misses: number;
  /** Answers from another request's load. They do not count as misses. */
  readonly joined: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly sets: number;
  readonly refusals: number;
  readonly invalidations: number;
  readonly storeErrors: number;
  /** The share of hits and stale answers in all answers, 0 to 1; 0 when there were none. */
  readonly hitRatio: number;
  /** What memory holds at the moment. */
  readonly memory: { readonly entries: number; readonly bytes: number };
  /** When the first event was counted, milliseconds since the epoch; now if there was none. */
  readonly since: number;
}

/** Counts events. The isolate itself counts the memory hits that are not reported as events. */
export class Tally {
  readonly isolate: Isolate;
  #counts: EventCounts = {};
  /** Set by the first event, because workerd has no time while a script starts up. */
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
    const of = (what: keyof EventCounts) => this.#counts[what] ?? 0;
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

/** Hits by tier, everything else by type of event. */
type EventCounts = { [what in Exclude<CacheEvent["type"], "hit"> | Tier]?: number };
