import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { FillAnswer, OriginFailure } from "../../keeper/protocol/fill.ts";
import type { Position } from "../../keeper/protocol/position.ts";
import type { BypassReason, Outcome } from "../http/outcome.ts";
import type { Held } from "./held.ts";

/** One read, with what its table and its caller ask for. */
export interface ReadOrder {
  readonly read: CacheableRead;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  /** The answer must be true as of a moment at most this long before the read began. */
  readonly boundMs: number;
  readonly token: Position | null;
  /** Whom a new key is accounted to; asked for only when one is. */
  readonly client: () => string;
  readonly anchor: WaitUntil;
}

/** A read that has begun: `need` is fixed at its start (P1). */
export interface Begun extends ReadOrder {
  readonly start: number;
  readonly need: number;
}

export type ReadResult =
  | {
      readonly kind: "held";
      readonly held: Held;
      readonly outcome: Outcome;
      readonly asOf: number;
      /** Of a strict read, when the fence had reached its start: what a token may be made of (P22). */
      readonly position: Position | null;
    }
  /** An answer of the origin's that is not stored, for everybody who asks so. */
  | { readonly kind: "relay"; readonly response: Relayed; readonly outcome: Outcome }
  /** Ask the origin, uncached. */
  | { readonly kind: "direct"; readonly reason: BypassReason }
  | { readonly kind: "failed"; readonly reason: OriginFailure };

export type Relayed = Extract<FillAnswer, { kind: "relay" }>["response"];
