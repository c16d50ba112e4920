import { type AudienceAnswer, isOfTheBearer, type NoAudience } from "../../keeper/protocol/audience.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { roleAudience } from "../../keeper/protocol/names.ts";
import type { Clock } from "../../runtime/clock.ts";
import { Lru } from "../../runtime/lru.ts";
import { KnownBearer, type NamedRead } from "./known-bearer.ts";

/** Some 2,000 users who read twenty queries each. */
const BEARERS = { maxEntries: 10_000, maxBytes: 8_388_608 };
const NEEDS = { maxEntries: 4_000, maxBytes: 2_097_152 };
const REFUSALS = { maxEntries: 4_000, maxBytes: 2_097_152 };

/** How many bytes a remembered text takes besides itself. */
const OVERHEAD_BYTES = 300;

/** What an isolate can say by itself of a bearer's read. */
export type Named =
  /** This read with its whole key. */
  | {
      readonly kind: "read";
      readonly read: CacheableRead;
      /** The generation that the key was named in. */
      readonly generation: string;
      /** When the token ends, in epoch milliseconds. */
      readonly expiresAt: number;
      /** Whether the keeper is to be asked ahead of the end of its word. True once a word. */
      readonly isDue: boolean;
    }
  | { readonly kind: "none"; readonly reason: NoAudience };

interface RememberedRefusal {
  readonly reason: NoAudience;
  readonly until: number;
}

/**
 * What this isolate remembers of those who showed a token: by the token's digest who they are as readers, and by query
 * which claims matter. All of it holds for one generation. No token is kept.
 */
export class Bearers {
  readonly #clock: Clock;
  readonly #wall: () => number;
  #known = new Lru<KnownBearer>(BEARERS);
  /** By base key and role, the name of the claims that the query needs. */
  #needs = new Lru<string>(NEEDS);
  /** By digest, or by digest and base key. */
  #refusals = new Lru<RememberedRefusal>(REFUSALS);
  /** What is known is known in this generation. */
  #generation = "";
  /** The fence's generation when this one began here. */
  #judgedBy: string | null = null;
  /** When it began here, on this isolate's clock. */
  #beganAt = Number.NEGATIVE_INFINITY;

  /**
   * @param clock this isolate's own, for how long something may be remembered
   * @param wall the time by which tokens end, in epoch milliseconds
   */
  constructor(clock: Clock, wall: () => number) {
    this.#clock = clock;
    this.#wall = wall;
  }

  /**
   * @param base the read with its base key
   * @param judgedBy the generation of the fence by which answers are judged; null: there is no fence yet
   * @returns null: the bearer is not known, or not whose answer this read leads to
   */
  name(base: CacheableRead, digest: string, judgedBy: string | null): Named | null {
    this.#follow(judgedBy);
    const bearer = this.#known.get(digest);
    if (bearer !== undefined) {
      // The token's own end comes first, also for one whose word is due again.
      if (bearer.expiresAt <= this.#wall()) return { kind: "none", reason: "token-expired" };
      const now = this.#clock.now();
      const named = bearer.readOf(base, now) ?? this.#put(bearer, base, digest, now);
      if (named !== undefined) return this.#named(bearer, named, now);
    }
    const reason = this.#refused(base.key, digest);
    return reason && { kind: "none", reason };
  }

  /**
   * Remembers what the keeper says of a bearer and a read.
   *
   * @param askedAt when it was asked, on this isolate's clock
   * @param judgedBy as for `name`
   */
  learn(
    base: CacheableRead,
    digest: string,
    answer: Exclude<AudienceAnswer, { kind: "refused" }>,
    askedAt: number,
    judgedBy: string | null,
  ): void {
    this.#follow(judgedBy);
    // Answers overtake each other. What was asked before this generation began may be an earlier one's, unless it says so.
    const isCurrent = answer.kind === "known" && answer.generation === this.#generation;
    if (askedAt < this.#beganAt && !isCurrent) return;
    const until = askedAt + answer.forMs;
    if (answer.kind === "none") {
      const isTheirs = isOfTheBearer(answer.reason);
      if (isTheirs) this.#known.delete(digest);
      // Said of each token that somebody made up: it would push out what does hold for a while.
      if (answer.forMs <= 0) return;
      const key = isTheirs ? digest : pairOf(digest, base.key);
      this.#refusals.set(key, { reason: answer.reason, until }, OVERHEAD_BYTES + 2 * key.length);
      return;
    }
    const { generation, audience, needs, expiresAt, dueInMs } = answer;
    if (!isCurrent) this.#begin(generation, judgedBy);
    this.#refusals.delete(digest);
    this.#refusals.delete(pairOf(digest, base.key));
    const known = this.#known.get(digest);
    const bearer = known?.role === roleAudience(audience) ? known : new KnownBearer(audience);
    bearer.expiresAt = Math.min(bearer.expiresAt, expiresAt);
    bearer.named(needs, audience, until, askedAt + dueInMs);
    this.#keep(bearer, digest);
    const key = pairOf(base.key, bearer.role);
    this.#needs.set(key, needs, OVERHEAD_BYTES + 2 * (key.length + needs.length));
  }

  /** The keeper no longer vouches for this bearer. */
  forget(digest: string): void {
    this.#known.delete(digest);
  }

  #named({ expiresAt }: KnownBearer, { read, name }: NamedRead, now: number): Named {
    const isDue = now >= name.renewFrom;
    if (isDue) name.renewFrom = Number.POSITIVE_INFINITY;
    return { kind: "read", read, generation: this.#generation, expiresAt, isDue };
  }

  /** The read as this bearer makes it, if both its needs and the audience for them are known. */
  #put(bearer: KnownBearer, base: CacheableRead, digest: string, now: number): NamedRead | undefined {
    const needs = this.#needs.get(pairOf(base.key, bearer.role));
    const named = needs === undefined ? undefined : bearer.put(base, needs, now);
    if (named !== undefined) this.#keep(bearer, digest);
    return named;
  }

  #refused(baseKey: string, digest: string): NoAudience | null {
    for (const key of [digest, pairOf(digest, baseKey)]) {
      const refusal = this.#refusals.get(key);
      if (refusal === undefined) continue;
      if (refusal.until > this.#clock.now()) return refusal.reason;
      this.#refusals.delete(key);
    }
    return null;
  }

  #keep(bearer: KnownBearer, digest: string): void {
    this.#known.set(digest, bearer, bearer.bytes);
  }

  /** A fence that stands where it stood may be behind what the keeper has said since; one that has moved on is not. */
  #follow(judgedBy: string | null): void {
    const isBehind = judgedBy === null || judgedBy === this.#judgedBy;
    if (!isBehind && judgedBy !== this.#generation) this.#begin(judgedBy, judgedBy);
  }

  /** Nothing of an earlier generation counts: roles, policies and what vouches for tokens may have changed. */
  #begin(generation: string, judgedBy: string | null): void {
    this.#generation = generation;
    this.#judgedBy = judgedBy;
    this.#beganAt = this.#clock.now();
    this.#known = new Lru(BEARERS);
    this.#needs = new Lru(NEEDS);
    this.#refusals = new Lru(REFUSALS);
  }
}

/** Neither a digest nor the end of a key holds a blank, so different pairs have different texts. */
function pairOf(one: string, other: string): string {
  return `${one} ${other}`;
}
