import { type ClaimPath, type Claims, pathText } from "../../postgrest/claims/claims.ts";
import { Lru } from "../../runtime/lru.ts";

/** Memory for what is known of bearers: some 10,000 of them with the usual claims. */
const IDENTITIES_BYTES = 8_388_608;
const IDENTITIES_MAX = 50_000;

/** Rounded up: an identity's objects and maps with their digest, without texts. */
const IDENTITY_BYTES = 600;

/** The database is asked again in this last part of the time for which its word counts, if somebody reads then. */
const AHEAD = 1 / 4;

/** A digest of a token, in base64, and a name by needs. */
const NAME_BYTES = 200;

/** Queries with different needs that one identity has names for. A name can be made again. */
const NAMES_MAX = 16;

/** What the database vouches for of a bearer. */
export interface Identity {
  readonly role: string;
  readonly claims: Claims;
  /** The claim `sub`; of a token without one, its digest. */
  readonly subject: string;
  /** Epoch milliseconds. Null: the token has no end, or none that is a number. */
  readonly expiresAt: number | null;
  /** When the database was asked, on the keeper's clock. */
  readonly askedAt: number;
  /** Audiences by needs: see `AudienceAnswer`. */
  readonly names: Map<string, string>;
}

/** Whether it tells all of these claims. */
export function tells({ claims }: Identity, paths: readonly ClaimPath[]): boolean {
  return paths.every((path) => claims.has(pathText(path)));
}

/**
 * Identities by the digest of their token, within limited memory. Never a token. One whose time is over tells no more
 * than that its token was good.
 */
export class Identities {
  readonly #recheckMs: number;
  #known = empty();

  /** @param recheckMs for how long the database's word counts (S3) */
  constructor(recheckMs: number) {
    this.#recheckMs = recheckMs;
  }

  get size(): number {
    return this.#known.size;
  }

  /** The database's word, while it counts. */
  get(digest: string, now: number): Identity | undefined {
    const identity = this.#known.get(digest);
    return identity !== undefined && now < this.until(identity) ? identity : undefined;
  }

  /** Whether the database has vouched for the token before, and so will probably do it again. */
  hasVouched(digest: string, now: number): boolean {
    const identity = this.#known.get(digest);
    return identity !== undefined && (identity.expiresAt ?? 0) > now;
  }

  /** From when on to ask again although the word still counts, so that nobody waits when it ends. */
  dueFrom(identity: Identity): number {
    return this.until(identity) - AHEAD * this.#recheckMs;
  }

  /** Until when the database's word counts. */
  until({ askedAt }: Identity): number {
    return askedAt + this.#recheckMs;
  }

  set(digest: string, identity: Identity): void {
    let bytes = IDENTITY_BYTES + identity.names.size * NAME_BYTES;
    for (const [path, value] of identity.claims) bytes += 2 * (path.length + (value?.length ?? 0)) + 100;
    this.#known.set(digest, identity, bytes);
  }

  /** The database does not vouch for the token any more. */
  drop(digest: string): void {
    this.#known.delete(digest);
  }

  forget(): void {
    this.#known = empty();
  }
}

/** Notes the audience of an identity for these needs. It takes more memory then: set it again. */
export function name(identity: Identity, needs: string, audience: string): void {
  if (identity.names.size >= NAMES_MAX) identity.names.clear();
  identity.names.set(needs, audience);
}

function empty(): Lru<Identity> {
  return new Lru({ maxBytes: IDENTITIES_BYTES, maxEntries: IDENTITIES_MAX });
}
