import type { Random } from "../../testing/random.ts";
import type { Timeline } from "../../testing/time/timeline.ts";

export interface Stored {
  readonly value: ArrayBuffer;
  readonly metadata: unknown;
}

interface Version extends Stored {
  readonly at: number;
  /** For each location, when the write becomes visible. */
  readonly seenAt: Map<number, number>;
}

/** A location caches what it has read for a minute, including "no such key". */
const CACHE_MS = 60_000;

/** One write a second per key. */
const WRITE_EVERY_MS = 1_000;

/**
 * Workers KV as its vendor describes it (docs/design/platform.md): the last write wins eventually; a location sees
 * a write within a minute or, at times, far later, and caches what it saw.
 */
export class Kv {
  readonly #timeline: Timeline;
  readonly #versions = new Map<string, Version[]>();
  readonly #cached = new Map<string, { readonly stored: Stored | null; readonly until: number }>();
  writes = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** @throws Error if the key was written less than a second ago */
  put(key: string, stored: Stored): void {
    const { now } = this.#timeline;
    const versions = this.#versions.get(key) ?? [];
    const last = versions.at(-1);
    if (last && now - last.at < WRITE_EVERY_MS) throw new Error("KV PUT failed: 429 Too Many Requests");
    this.writes++;
    this.#versions.set(key, [...versions, { ...stored, at: now, seenAt: new Map() }]);
  }

  get(key: string, location: number, random: Random): Stored | null {
    const { now } = this.#timeline;
    const place = `${location} ${key}`;
    const cached = this.#cached.get(place);
    if (cached && cached.until > now) return cached.stored;
    const seen = (this.#versions.get(key) ?? []).filter((version) => {
      const seenAt = version.seenAt.get(location) ?? version.at + lagOf(random);
      version.seenAt.set(location, seenAt);
      return seenAt <= now;
    });
    const stored = seen.at(-1) ?? null;
    this.#cached.set(place, { stored, until: now + random.next() * CACHE_MS });
    return stored;
  }

  /** Every version that a reader might ever be given. */
  *all(): Iterable<{ readonly key: string; readonly stored: Stored }> {
    for (const [key, versions] of this.#versions) for (const stored of versions) yield { key, stored };
  }
}

function lagOf(random: Random): number {
  const kind = random.next();
  if (kind < 0.4) return 0;
  return kind < 0.95 ? random.next() * 60_000 : random.next() * 900_000;
}
