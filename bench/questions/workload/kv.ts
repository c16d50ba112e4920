import type { Timeline } from "../../../testing/time/timeline.ts";
import type { Counts } from "./counts.ts";
import type { Network } from "./network.ts";

interface Stored<V> {
  readonly value: V;
  readonly endsAt: number;
}

/** `cacheTtl`'s default: how long a place shows what it has read, including "no such key". */
const CACHE_MS = 60_000;

/** Workers KV as docs/design/platform.md describes it: a write's place sees it at once, others after a minute. */
export class Kv<V> {
  readonly #timeline: Timeline;
  readonly #network: Network;
  readonly #counts: Counts;
  readonly #world = new Map<string, Stored<V>>();
  readonly #places = new Map<string, { readonly stored: Stored<V> | null; readonly until: number }>();

  constructor(timeline: Timeline, network: Network, counts: Counts) {
    this.#timeline = timeline;
    this.#network = network;
    this.#counts = counts;
  }

  async get(place: number, key: string): Promise<V | null> {
    this.#counts.kvReads++;
    const { kvHotMs, kvColdMs } = this.#network;
    const name = `${place} ${key}`;
    const isHot = (this.#places.get(name)?.until ?? 0) > this.#timeline.now;
    await this.#timeline.sleep(isHot ? kvHotMs : kvColdMs);
    const { now } = this.#timeline;
    let seen = this.#places.get(name);
    if (seen === undefined || seen.until <= now) {
      seen = { stored: this.#world.get(key) ?? null, until: now + CACHE_MS };
      this.#places.set(name, seen);
    }
    return seen.stored !== null && seen.stored.endsAt > now ? seen.stored.value : null;
  }

  /** @param place null: a place without readers */
  async put(place: number | null, key: string, value: V, ttlMs: number): Promise<void> {
    this.#counts.kvWrites++;
    const { now } = this.#timeline;
    const stored = { value, endsAt: now + ttlMs };
    this.#world.set(key, stored);
    if (place !== null) this.#places.set(`${place} ${key}`, { stored, until: now + CACHE_MS });
  }
}
