import type { Bearer } from "../../keeper/protocol/audience.ts";
import { Lru } from "../../runtime/lru.ts";
import { bearerTokenOf, digestOf, SCHEME } from "./bearer-token.ts";
import { HeaderFingerprint } from "./header-fingerprint.ts";

/** As many as `Bearers` remembers. */
const REMEMBERED = { maxEntries: 10_000, maxBytes: 4_194_304 };
const BYTES_EACH = 400;

/** Several times what Supabase's tokens have. Longer headers are hashed each time. */
const MAX_LENGTH = 4_096;

interface KnownHeader {
  /** The other sums of the header's fingerprint. */
  readonly second: number;
  readonly third: number;
  readonly digest: string;
}

/**
 * Who shows a token of their own, from the `Authorization` header. A token's SHA-256 takes longer than all else that a hit
 * decides, so that of a header seen before is remembered by the header's fingerprint. Nothing else is: whether a token
 * counts, and until when, is for others to say, of every request. No token is kept.
 */
export class BearerTokens {
  readonly #hash: (token: string) => string;
  readonly #fingerprint = new HeaderFingerprint(MAX_LENGTH);
  /** By the first sum of the fingerprint. */
  readonly #digests = new Lru<KnownHeader, number>(REMEMBERED);

  constructor(hash = digestOf) {
    this.#hash = hash;
  }

  /** Null: the header is not one bearer's (`bearerTokenOf`). */
  bearerOf(authorization: string | null): Bearer | null {
    if (authorization === null) return null;
    const { sums } = this.#fingerprint;
    const isTaken = this.#fingerprint.take(authorization);
    const known = isTaken ? this.#digests.get(sums[0] as number) : undefined;
    if (known !== undefined && known.second === sums[1] && known.third === sums[2]) {
      return { token: authorization.slice(SCHEME.length), digest: known.digest };
    }
    const token = bearerTokenOf(authorization);
    if (token === null) return null;
    const digest = this.#hash(token);
    if (isTaken) {
      const [first = 0, second = 0, third = 0] = sums;
      this.#digests.set(first, { second, third, digest }, BYTES_EACH);
    }
    return { token, digest };
  }
}
