import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { Bearer } from "../../keeper/protocol/audience.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { FillAnswer, OriginFailure } from "../../keeper/protocol/fill.ts";
import type { Position } from "../../keeper/protocol/position.ts";
import type { BypassReason, ReadOutcome } from "../http/outcome.ts";
import type { HeldAnswer } from "./held-answer.ts";

/** Who asks, of a read for those who sign in. Lives as long as the request. */
export interface VouchedBearer extends Bearer {
  /** The generation in which the read's key was named: answers of another one are not for it. */
  readonly generation: string;
  /** When the token ends, in epoch milliseconds. */
  readonly expiresAt: number;
}

/** A read, and how old its answer may be: by its table's settings and by its caller's headers. */
export interface BoundedRead {
  readonly read: CacheableRead;
  /** Null: nobody who signs in. */
  readonly bearer: VouchedBearer | null;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  /**
   * How much older than the bound an answer may be that is given at once and refreshed behind (L2). 0 for readers who ask
   * for anything stricter than the table's settings.
   */
  readonly staleWhileRevalidateMs: number;
  /** The answer must be true as of a moment at most this long before the read began; 0 reads strictly. */
  readonly boundMs: number;
  /** The position that the answer must reflect; null when the caller sends no token. */
  readonly token: Position | null;
  /** The client that a new key is accounted to. Called only when a key is created. */
  readonly client: () => string;
  readonly anchor: WaitUntil;
}

/** How long a read waits for the keeper and KV, in milliseconds; past that the origin is asked. */
export interface ReadTimeouts {
  /** For the first sync of an isolate: see `FirstSync`. */
  readonly startMs: number;
  readonly syncMs: number;
  readonly fillMs: number;
  readonly kvMs: number;
}

/** The same read as of now, whatever its table allows. */
export function strictly<R extends Pick<BoundedRead, "boundMs" | "staleWhileRevalidateMs">>(read: R): R {
  return { ...read, boundMs: 0, staleWhileRevalidateMs: 0 };
}

/** A read that has begun. Both moments are on this isolate's clock and are fixed when the read starts (P1). */
export interface StartedRead extends BoundedRead {
  readonly start: number;
  /** `start` minus the bound: the earliest moment as of which the answer may be proven. */
  readonly need: number;
}

export type ReadResult =
  | {
      readonly kind: "held";
      readonly held: HeldAnswer;
      readonly outcome: ReadOutcome;
      /** The moment, on this isolate's clock, as of which the answer is known to be true. */
      readonly asOf: number;
      /** The fence's position, to make a token of: only for a strict read whose start the fence has reached (P22). */
      readonly position: Position | null;
    }
  /** An answer of the origin that is not stored, shared by all who asked for it at the same time. */
  | { readonly kind: "relay"; readonly response: RelayedResponse; readonly outcome: ReadOutcome }
  /** Ask the origin, uncached. */
  | { readonly kind: "direct"; readonly reason: BypassReason }
  | { readonly kind: "failed"; readonly reason: OriginFailure };

export type RelayedResponse = Extract<FillAnswer, { kind: "relay" }>["response"];
