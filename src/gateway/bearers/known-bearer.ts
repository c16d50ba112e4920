import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { keyFor, roleAudience } from "../../keeper/protocol/names.ts";

/** More queries than a page asks; over it, all are looked up again. */
const MOST_READS = 64;
/** Few policies read different claims, so a bearer has few names. */
const MOST_NAMES = 64;

const OVERHEAD_BYTES = 300;

/** Somebody for whom the database has vouched, as far as this isolate has heard. */
export class KnownBearer {
  /** The audience of everybody with their role. */
  readonly role: string;
  /** When the token ends, in epoch milliseconds. */
  expiresAt = Number.POSITIVE_INFINITY;
  /** Until when the database's word counts, on this isolate's clock. */
  until = Number.POSITIVE_INFINITY;
  bytes = 2 * OVERHEAD_BYTES;
  /** By what a query needs to know of its reader: whose answers this bearer may share. */
  readonly #names = new Map<string, string>();
  /** By base key, so that a hit prints no key. */
  readonly #reads = new Map<string, CacheableRead>();

  /** @param audience any of theirs: each begins with the role */
  constructor(audience: string) {
    this.role = roleAudience(audience);
  }

  /** The earliest end counts, since it is not told for which of the names a later one holds. */
  vouched(until: number, expiresAt: number): void {
    this.until = Math.min(this.until, until);
    this.expiresAt = Math.min(this.expiresAt, expiresAt);
  }

  named(needs: string, audience: string): void {
    if (this.#names.get(needs) === audience) return;
    // Another name for the same needs: the keeper has restarted and has a new key for its digests.
    if (this.#names.has(needs) || this.#names.size >= MOST_NAMES) this.#clear();
    this.#names.set(needs, audience);
    this.bytes += OVERHEAD_BYTES + 2 * (needs.length + audience.length);
  }

  readOf(base: CacheableRead): CacheableRead | undefined {
    return this.#reads.get(base.key);
  }

  /** The read with its whole key; undefined when no name is known for these needs. */
  put(base: CacheableRead, needs: string): CacheableRead | undefined {
    const audience = this.#names.get(needs);
    if (audience === undefined) return undefined;
    if (this.#reads.size >= MOST_READS) this.#clearReads();
    const read = { ...base, key: keyFor(base.key, audience) };
    this.#reads.set(base.key, read);
    this.bytes += OVERHEAD_BYTES + 2 * read.key.length;
    return read;
  }

  #clear(): void {
    this.#clearReads();
    this.#names.clear();
    this.bytes = 2 * OVERHEAD_BYTES;
  }

  #clearReads(): void {
    for (const { key } of this.#reads.values()) this.bytes -= OVERHEAD_BYTES + 2 * key.length;
    this.#reads.clear();
  }
}
