import type { CacheableRead, StoredResponse } from "../keeper/protocol/entry.ts";
import type { Sharing } from "../keeper/protocol/fill.ts";
import { bucketsOf, isPersonalKey } from "../keeper/protocol/names.ts";
import { jsonBytes } from "../postgrest/row/bytes.ts";
import { Lru } from "../runtime/lru.ts";

/** What bodies of personal keys may take, if reads of those who sign in are cached; as much as in the keeper. */
const PERSONAL_SHARE = 1 / 3;

/** Measured on V8 and rounded up: what a body takes beside its bytes, its headers and its read. */
const ENTRY_BYTES = 1_200;

/** Beyond it, the keys that were asked for longest ago wait for their next reader after a change. */
const WANTED = { maxEntries: 10_000, maxBytes: 4_000_000 };

/** An answer of the keeper, and what the mirror knows of it. */
export interface RememberedBody {
  readonly read: CacheableRead;
  /** The entry's mark is that of its own position, or the keeper's when it said that this entry is still good. */
  readonly entry: StoredResponse;
  /** As of when it is true, on the mirror's clock; −∞: no age was told, so only its mark counts. */
  readonly begin: number;
  readonly buckets: readonly number[];
  /** The digest of the token that it was given for. Null: everybody who reads the key gets the same. */
  readonly owner: string | null;
  /** Whom else it may be given to (S8). */
  readonly sharing: Sharing;
  /** When it arrived, on the mirror's clock. */
  readonly arrivedAt: number;
  /** How long the keeper took to give it, in milliseconds. */
  readonly tookMs: number;
}

interface HeldBody {
  readonly body: RememberedBody;
  /** From before the clock was set back: its begin and its arrival say nothing. */
  readonly epoch: number;
}

/** The bodies that the keeper gave to this mirror last. Those of personal keys displace no others (S9). */
export class RememberedBodies {
  readonly #common: Lru<HeldBody>;
  readonly #personal: Lru<HeldBody>;
  /** Keys that are worth a refill. May name some that are gone. */
  readonly #wanted = new Lru<true>(WANTED);
  #epoch = 0;

  /** @param signedIn whether reads of those who sign in are cached */
  constructor(memoryBytes: number, signedIn: boolean) {
    const personal = signedIn ? PERSONAL_SHARE : 0;
    const lru = (share: number) =>
      new Lru<HeldBody>({ maxBytes: memoryBytes * share, maxEntries: Number.POSITIVE_INFINITY });
    this.#common = lru(1 - personal);
    this.#personal = lru(personal);
  }

  /** The clock was set back: no begin counts any more. */
  forgetBegins(): void {
    this.#epoch++;
  }

  /**
   * For a reader of the mirror or, as isolates report, of an isolate's own memory. Who asks counts: what was read since its
   * body came is worth a refill before the next reader comes, as in the keeper.
   */
  get(key: string): RememberedBody | undefined {
    const held = this.#lruOf(key).get(key);
    if (held === undefined) return undefined;
    // Whoever signs in asks with a token of their own, so without a reader nobody could (S8).
    if (held.body.owner === null && !this.#wanted.get(key)) this.#wanted.set(key, true, key.length);
    return this.#dated(held);
  }

  peek(key: string): RememberedBody | undefined {
    const held = this.#lruOf(key).peek(key);
    return held && this.#dated(held);
  }

  /** Remembers a body, unless the one in its place is known to be newer. */
  set(body: RememberedBody, generation: string | undefined): void {
    const { read, entry } = body;
    const { key } = read;
    const standing = this.#lruOf(key).peek(key)?.body.entry;
    if (standing?.generation === entry.generation && standing.mark > entry.mark) return;
    // An answer of a generation that has ended may arrive late.
    if (standing && standing.generation === generation && entry.generation !== generation) return;
    this.#wanted.delete(key);
    const bytes = entry.body.byteLength + ENTRY_BYTES + jsonBytes(entry.headers) + jsonBytes(read);
    this.#lruOf(key).set(key, { body, epoch: this.#epoch }, bytes);
  }

  /** The keeper says of this very body that it is still good (P10). Nothing, if another one is in its place by now. */
  restamp(body: RememberedBody, mark: number): void {
    const standing = this.peek(body.read.key);
    if (standing?.entry !== body.entry) return;
    this.set({ ...standing, entry: { ...body.entry, mark: Math.max(body.entry.mark, mark) } }, undefined);
  }

  /** Bodies whose readers would miss them. */
  *wanted(): Iterable<RememberedBody> {
    for (const key of this.#wanted.keys()) {
      const body = this.peek(key);
      if (body) yield body;
      else this.#wanted.delete(key);
    }
  }

  #lruOf(key: string): Lru<HeldBody> {
    return isPersonalKey(key) ? this.#personal : this.#common;
  }

  #dated({ body, epoch }: HeldBody): RememberedBody {
    if (epoch === this.#epoch) return body;
    return { ...body, begin: Number.NEGATIVE_INFINITY, arrivedAt: Number.POSITIVE_INFINITY };
  }
}

/** An answer of the keeper as a mirror remembers it. */
export function bodyOf(
  read: CacheableRead,
  { entry, begin, owner, sharing, arrivedAt, tookMs }: Omit<RememberedBody, "read" | "buckets">,
): RememberedBody {
  return { read, entry, begin, owner, sharing, arrivedAt, tookMs, buckets: bucketsOf(read.key, entry) };
}
