import type { FootprintBypass } from "../../postgrest/footprint/footprint.ts";
import type { CacheableRead, StoredResponse } from "./entry.ts";
import type { Position } from "./position.ts";

export interface FillRequest {
  readonly configHash: string;
  readonly read: CacheableRead;
  /** Position of the entry that the caller holds and could keep. */
  readonly have: Position | null;
  /** Position of the caller's fence. */
  readonly at: Position;
  readonly token: Position | null;
  /** A body whose fill began within this time of the request's arrival satisfies the caller; 0 for a refill. */
  readonly boundMs: number;
  /** Misses go before refreshes. */
  readonly priority: "miss" | "refresh";
  /** Whom new keys and origin requests are accounted to: see `networksOf`. */
  readonly client: string;
  /** Whether the same read has cost a pull already: an origin request is then one operation more than without us. */
  readonly pulled: boolean;
}

/** A response that is passed on, and not stored. */
type OriginReply = Pick<StoredResponse, "status" | "headers" | "etag" | "body" | "filledAt">;

/** Why the origin gave no answer to a fill. */
export type OriginFailure = "unreachable" | "timeout";

/** Why a response may not be stored, nor shared with other callers. */
export type Unshareable =
  | "response-too-large"
  | "response-no-store"
  | "response-private"
  | "set-cookie"
  | "vary-star"
  | "vary-unkeyed";

/** Why a response is passed on to those who asked for it, and not stored. */
export type NotStored = "status-not-cacheable" | "unexpected-type" | "unknown-encoding" | "broken-body";

/** Why a read has no footprint: what changes do to its answer cannot be told. */
export type Unfit = FootprintBypass | "time-dependent";

export type FillAnswer =
  /** What the caller holds still counts: stamp that very object with `position`. Proven as of the caller's fence. */
  | { readonly kind: "good"; readonly position: Position }
  | {
      readonly kind: "entry";
      readonly entry: StoredResponse;
      readonly source: "stored" | "flight" | "joined";
      /** Age of the proof when the request arrived; null when only the caller's fence proves it. */
      readonly age: number | null;
      /** Whether it also is proven as of the caller's fence. */
      readonly accepted: boolean;
    }
  /** Not stored, but the same for everybody who asks so. Proven by its age. */
  | {
      readonly kind: "relay";
      readonly response: OriginReply;
      readonly reason: NotStored;
      readonly age: number;
    }
  /** Ask the origin yourself. */
  | { readonly kind: "direct"; readonly reason: Unshareable | Unfit | "key-too-large" | "budget" }
  | { readonly kind: "failed"; readonly reason: OriginFailure }
  /** The keeper is of another generation or configuration, or behind the caller. */
  | { readonly kind: "refused"; readonly reason: "generation" | "behind" | "configuration" };
