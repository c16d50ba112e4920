import { jsonBytes } from "../../postgrest/row/bytes.ts";
import { Lru } from "../../runtime/lru.ts";
import type { Owner } from "../audiences/known-reader.ts";
import { PERSONAL_SHARE } from "../keys/personal-keys.ts";
import type { KeeperLimits } from "../ports/settings.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import { isPersonalKey } from "../protocol/names.ts";

/** Measured on V8 and rounded up: what a body takes beside its bytes and headers. Its key is the registry's. */
const ENTRY_BYTES = 800;

/** What a body's owner takes: a digest, a subject and a scope. */
const OWNER_BYTES = 800;

/** A body, and when its fill began: only the instance that filled it knows that (P3). */
export interface RecentBody {
  readonly entry: StoredResponse;
  readonly begin: number;
  /** Whom it was fetched for. Null: everybody who reads the key gets the same. */
  readonly owner: Owner | null;
  /** When it arrived, on the keeper's clock. */
  readonly arrivedAt: number;
  /** Whether a pull that was begun after that for its sake has ended, with everything as before. */
  isCleared: boolean;
}

interface Held {
  readonly body: RecentBody;
  readonly since: number;
}

type BodyLimits = Pick<KeeperLimits, "keeperMemoryBytes" | "maxKeys">;

/** The bodies that this instance filled last, within the keeper's memory. Those of personal keys displace no others. */
export class RecentBodies {
  readonly #limits: BodyLimits;
  readonly #personalShare: number;
  #common: Lru<Held>;
  #personal: Lru<Held>;
  /** Grows when all bodies of one reader are dropped: those from before are not used any more. */
  #ownedSince = 0;

  /** @param signedIn whether reads of those who sign in are cached */
  constructor(limits: BodyLimits, signedIn: boolean) {
    this.#limits = limits;
    this.#personalShare = signedIn ? PERSONAL_SHARE : 0;
    this.#common = this.#empty(1 - this.#personalShare);
    this.#personal = this.#empty(this.#personalShare);
  }

  get(key: string): RecentBody | undefined {
    const held = this.#bodiesOf(key).get(key);
    if (held === undefined || held.body.owner === null || held.since === this.#ownedSince) return held?.body;
    this.delete(key);
    return undefined;
  }

  set(key: string, body: RecentBody): void {
    const { entry, owner } = body;
    const bytes = entry.body.byteLength + ENTRY_BYTES + jsonBytes(entry.headers) + (owner ? OWNER_BYTES : 0);
    this.#bodiesOf(key).set(key, { body, since: this.#ownedSince }, bytes);
  }

  delete(key: string): void {
    this.#bodiesOf(key).delete(key);
  }

  /** Drops all bodies that were fetched for one reader. */
  dropOwned(): void {
    this.#ownedSince++;
  }

  clear(): void {
    this.#common = this.#empty(1 - this.#personalShare);
    this.#personal = this.#empty(this.#personalShare);
  }

  #bodiesOf(key: string): Lru<Held> {
    return isPersonalKey(key) ? this.#personal : this.#common;
  }

  #empty(share: number): Lru<Held> {
    const { keeperMemoryBytes, maxKeys: maxEntries } = this.#limits;
    return new Lru({ maxBytes: keeperMemoryBytes * share, maxEntries });
  }
}
