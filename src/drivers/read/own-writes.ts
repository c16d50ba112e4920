import type { CachePort } from "./cache-port.ts";

/**
 * What this isolate has written, and whether its cache knows of it (I6). Triggers and foreign keys may have changed any
 * table, so that a write is one of all of them.
 */
export class IsolateWrites {
  #written = 0;
  /** How many of them each keeper's changes have brought. */
  readonly #known = new WeakMap<object, number>();
  #lastAt = Number.NEGATIVE_INFINITY;

  /** Called before a write and after it, however it ended: one whose outcome is not known may have been carried out. */
  wrote(): void {
    this.#written++;
    this.#lastAt = Date.now();
  }

  /** Resolves to false when a write is not known yet and the keeper cannot be asked. Never rejects. */
  async areKnown(cache: CachePort): Promise<boolean> {
    const written = this.#written;
    const heardBy = cache.source ?? cache;
    if (this.#knownTo(heardBy) >= written) return true;
    if (!(await cache.catchUp())) return false;
    this.#known.set(heardBy, Math.max(this.#knownTo(heardBy), written));
    return true;
  }

  /**
   * Whether an answer of this age may be older than the last write. A cache serves what was invalidated a moment ago, within
   * its bound, while it asks again: to whoever has written it must not.
   */
  mayFollow(ageMs: number): boolean {
    return Date.now() - ageMs <= this.#lastAt + CLOCK_SLACK_MS;
  }

  #knownTo(source: object): number {
    return this.#known.get(source) ?? 0;
  }
}

/**
 * Those of this isolate. By which driver, under which name and to which database does not matter: two names may be of one
 * database, and a write that concerns nobody costs the next reader one sync.
 */
export const ISOLATE_WRITES = new IsolateWrites();

/** The cache has a clock of its own, and a Worker's stands still between I/O. */
const CLOCK_SLACK_MS = 1_000;
