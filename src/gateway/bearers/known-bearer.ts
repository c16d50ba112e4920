import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { keyFor, roleAudience } from "../../keeper/protocol/names.ts";

/** More queries than a page asks; over it, all are looked up again. */
const MOST_READS = 64;
/** Few policies read different claims, so a bearer has few names. */
const MOST_NAMES = 64;

const OVERHEAD_BYTES = 300;

/** Whose answers a bearer may share for what queries need to know of them. */
interface BearerName {
  readonly audience: string;
  /** Until when the database's word counts, on this isolate's clock. */
  until: number;
  /** From when on the keeper is asked ahead of that end; once a word. */
  renewFrom: number;
}

/** A read with its whole key. */
export interface NamedRead {
  readonly read: CacheableRead;
  readonly name: BearerName;
}

/** Somebody for whom the database has vouched, as far as this isolate has heard. */
export class KnownBearer {
  /** The audience of everybody with their role. */
  readonly role: string;
  /** When the token ends, in epoch milliseconds. */
  expiresAt = Number.POSITIVE_INFINITY;
  bytes = 2 * OVERHEAD_BYTES;
  /** By needs. */
  readonly #names = new Map<string, BearerName>();
  /** By base key, so that a hit prints no key. */
  readonly #reads = new Map<string, NamedRead>();

  /** @param audience any of theirs: each begins with the role */
  constructor(audience: string) {
    this.role = roleAudience(audience);
  }

  /**
   * The keeper's word on a name. A later word on one name says nothing of the others.
   *
   * @param until on this isolate's clock
   * @param renewFrom from when on the keeper is asked again ahead of that, if somebody reads
   */
  named(needs: string, audience: string, until: number, renewFrom: number): void {
    const known = this.#names.get(needs);
    if (known?.audience === audience) {
      if (until <= known.until) return;
      known.until = until;
      known.renewFrom = renewFrom;
      return;
    }
    // Another name for the same needs: the keeper has restarted and has a new key for its digests.
    if (known !== undefined || this.#names.size >= MOST_NAMES) this.#clear();
    this.#names.set(needs, { audience, until, renewFrom });
    this.bytes += OVERHEAD_BYTES + 2 * (needs.length + audience.length);
  }

  /** The read as it was put; undefined when that is over, or when it was not put. */
  readOf(base: CacheableRead, now: number): NamedRead | undefined {
    const put = this.#reads.get(base.key);
    return put !== undefined && now < put.name.until ? put : undefined;
  }

  /** The read with its whole key; undefined when no name is known for these needs. */
  put(base: CacheableRead, needs: string, now: number): NamedRead | undefined {
    const name = this.#names.get(needs);
    if (name === undefined || now >= name.until) return undefined;
    if (this.#reads.size >= MOST_READS) this.#clearReads();
    const put = { read: { ...base, key: keyFor(base.key, name.audience) }, name };
    this.#reads.set(base.key, put);
    this.bytes += OVERHEAD_BYTES + 2 * put.read.key.length;
    return put;
  }

  #clear(): void {
    this.#clearReads();
    this.#names.clear();
    this.bytes = 2 * OVERHEAD_BYTES;
  }

  #clearReads(): void {
    for (const { read } of this.#reads.values()) this.bytes -= OVERHEAD_BYTES + 2 * read.key.length;
    this.#reads.clear();
  }
}
