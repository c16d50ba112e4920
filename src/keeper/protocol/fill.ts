import type { Bearer, NoAudience } from "./audience.ts";
import type { CacheableRead, StoredResponse } from "./entry.ts";
import type { Position } from "./position.ts";

export interface FillRequest {
  readonly configHash: string;
  readonly read: CacheableRead;
  /** Who asks, of a read for those who sign in; the origin is asked with this token. Null for all others. */
  readonly bearer: Bearer | null;
  /** The position of the entry that the caller holds and could keep. Null: it holds none. */
  readonly have: Position | null;
  /** The position of the caller's fence. */
  readonly at: Position;
  readonly token: Position | null;
  /** A body satisfies the caller if its fill began less than this before the request arrived. 0 for a refresh. */
  readonly boundMs: number;
  /** Misses go before refreshes. */
  readonly priority: "miss" | "refresh";
  /** Whom new keys and origin requests are charged to: see `networksOf`. */
  readonly client: string;
  /**
   * The data centre, if its isolates are known to leave answers for each other in its cache. Null, or left out by an earlier
   * version: not so, hence only KV brings the answer to others.
   */
  readonly place?: string | null;
  /**
   * Whether this read has already cost a pull. An origin request is then one operation more than without a cache.
   * "beside": its sync is under way, and costs one if the as-of is older than the bound.
   */
  readonly pulled: boolean | "beside";
}

/** A response that is passed on and not stored. */
type OriginReply = Pick<StoredResponse, "status" | "headers" | "etag" | "body" | "filledAt">;

/** Why the origin gave no answer to a fill. */
export type OriginFailure = "unreachable" | "timeout";

/** Why a response may be neither stored nor shared with other callers. */
export type Unshareable =
  | "response-too-large"
  | "response-no-store"
  | "response-private"
  | "set-cookie"
  | "vary-star"
  | "vary-unkeyed";

/** Why a response is passed on to the callers that wait for it, and not stored. */
export type NotStored = "status-not-cacheable" | "unexpected-type" | "unknown-encoding" | "broken-body";

/**
 * Whom a stored answer may be given to within its audience (S8, S10):
 *
 * - *free*: everybody
 * - *uncleared*: whoever it was fetched for; everybody under a fence younger than it
 * - *own*: only whoever it was fetched for
 */
export type Sharing = "free" | "uncleared" | "own";

export type FillAnswer =
  /** The caller's entry still counts, as of the caller's fence. That very object gets the mark of `position` (P10). */
  | { readonly kind: "good"; readonly position: Position }
  | {
      readonly kind: "entry";
      readonly entry: StoredResponse;
      readonly source: "stored" | "flight" | "joined";
      /** The age of the proof when the request arrived. Null: only the caller's fence proves it. */
      readonly age: number | null;
      /** Whether it is also proven as of the caller's fence. */
      readonly accepted: boolean;
      /** Whom it may be given to. */
      readonly sharing: Sharing;
    }
  /** Not stored, but the same for every caller that waits for it. Proven by its age. */
  | {
      readonly kind: "relay";
      readonly response: OriginReply;
      readonly reason: NotStored;
      readonly age: number;
    }
  /** The isolate must ask the origin itself. */
  | {
      readonly kind: "direct";
      readonly reason: Unshareable | NoAudience | "key-too-large" | "budget";
    }
  | { readonly kind: "failed"; readonly reason: OriginFailure }
  /** The keeper is of another generation or configuration, or behind the caller's position. */
  | { readonly kind: "refused"; readonly reason: "generation" | "behind" | "configuration" };
