import type { KvNamespaceLike } from "../../../src/cache/stores/kv-store.ts";
import type { Timeline } from "../../../testing/time/timeline.ts";

interface Stored {
  readonly text: string | null;
  readonly endsAt: number;
}

interface Seen {
  readonly stored: Stored | null;
  readonly until: number;
}

/** How long a read takes where this place has read the key within `cacheTtl`, and where it has not; and a write. */
const HOT_MS = 5;
const COLD_MS = 40;
const WRITE_MS = 10;

/** Workers KV takes one write a second of a key. */
const WRITE_EVERY_MS = 1_000;

/** Workers KV as docs/design/platform.md describes it: a write's place sees it at once, others when they look again. */
export class BlogKv {
  reads = 0;
  writes = 0;
  /** Writes that were one too many for a key. */
  refused = 0;
  readonly #timeline: Timeline;
  readonly #world = new Map<string, Stored>();
  readonly #writtenAt = new Map<string, number>();
  readonly #places = new Map<number, Map<string, Seen>>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** The binding of an isolate in that place. */
  binding(place: number): KvNamespaceLike {
    const seen = this.#places.get(place) ?? new Map<string, Seen>();
    this.#places.set(place, seen);
    return {
      get: (async (key: string, { cacheTtl }: { cacheTtl: number }) =>
        this.#get(seen, key, cacheTtl)) as never,
      put: (key, text, { expirationTtl }) => this.#put(seen, key, text, expirationTtl * 1_000),
      delete: (key) => this.#put(seen, key, null, 0),
      list: async () => ({ keys: [], list_complete: true }),
    };
  }

  async #get(place: Map<string, Seen>, key: string, cacheTtl: number): Promise<string | null> {
    this.reads++;
    const timeline = this.#timeline;
    const isHot = (place.get(key)?.until ?? 0) > timeline.now;
    await timeline.sleep(isHot ? HOT_MS : COLD_MS);
    let seen = place.get(key);
    if (seen === undefined || seen.until <= timeline.now) {
      seen = { stored: this.#world.get(key) ?? null, until: timeline.now + cacheTtl * 1_000 };
      place.set(key, seen);
    }
    return seen.stored !== null && seen.stored.endsAt > timeline.now ? seen.stored.text : null;
  }

  async #put(place: Map<string, Seen>, key: string, text: string | null, ttlMs: number): Promise<void> {
    this.writes++;
    const timeline = this.#timeline;
    await timeline.sleep(WRITE_MS);
    const { now } = timeline;
    if (now - (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) < WRITE_EVERY_MS) {
      this.refused++;
      throw new Error(REFUSED);
    }
    this.#writtenAt.set(key, now);
    const stored = { text, endsAt: now + ttlMs };
    this.#world.set(key, stored);
    // What the place has read before is what it shows, for as long as it would have.
    place.set(key, { stored, until: Math.max(now, place.get(key)?.until ?? 0) });
  }
}

export const REFUSED = "KV PUT failed: 429 Too Many Requests";
