import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import type { Sharing } from "../../keeper/protocol/fill.ts";
import { bucketsOf } from "../../keeper/protocol/names.ts";
import type { Position } from "../../keeper/protocol/position.ts";

/** A stored answer in this isolate's memory. Plain data, because all requests share it. */
export interface HeldAnswer {
  readonly key: string;
  /** The fence's buckets of all names that the entry stands on. */
  readonly buckets: readonly number[];
  /** Every relation that the answer was read from, as `schema.table`. */
  readonly relations: readonly string[];
  readonly generation: string;
  /** Rises when the keeper says "still good". */
  mark: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: ArrayBuffer;
  /** The keeper's wall clock at the fill. Used for `ttl` only, which is a safety net of minutes and proves nothing. */
  readonly filledAt: number;
  /** The latest moment, on this isolate's clock, as of which the answer is known to be true. */
  provenAt: number;
  /**
   * The digest of the token that it was fetched with, while it may be given to nobody else (S8). Null: it may be given
   * to everybody whom its key is for.
   */
  owner: string | null;
  /** Whether a fence younger than the answer clears it for everybody. */
  readonly sharing: Sharing;
  /** When it arrived, on this isolate's clock. */
  readonly arrivedAt: number;
  /** How long the last fill took, in milliseconds. A guess until this isolate has seen one. */
  fillMs: number;
  /** When the answer last served a read past half of its bound although the fence refused it. */
  soughtAt: number;
}

/** Whether the answer is young enough, at this moment, for when the origin fails. */
export function mayServeOnError(
  { provenAt, filledAt }: Pick<HeldAnswer, "provenAt" | "filledAt">,
  moment: number,
  { boundMs, staleIfErrorMs }: { readonly boundMs: number; readonly staleIfErrorMs: number },
): boolean {
  return moment - Math.max(provenAt, filledAt) <= boundMs + staleIfErrorMs;
}

/** The guess: a round trip to the keeper and on to the database. */
const USUAL_FILL_MS = 200;

/** Whom an answer may be given to. */
type Ownership = Pick<HeldAnswer, "owner" | "sharing" | "arrivedAt">;

const TO_EVERYBODY: Ownership = { owner: null, sharing: "free", arrivedAt: Number.NEGATIVE_INFINITY };

export function hold(
  key: string,
  entry: StoredResponse,
  provenAt: number,
  { owner, sharing, arrivedAt }: Ownership = TO_EVERYBODY,
): HeldAnswer {
  return {
    ...entry,
    ...{ key, provenAt, owner, sharing, arrivedAt },
    buckets: bucketsOf(key, entry),
    fillMs: USUAL_FILL_MS,
    soughtAt: Number.NEGATIVE_INFINITY,
  };
}

export function positionOf(held: HeldAnswer): Position {
  return { generation: held.generation, mark: held.mark };
}

/** Roughly how many bytes of memory the answer takes: its body, its texts and the objects around them. */
export function bytesHeld(held: HeldAnswer): number {
  return held.body.byteLength + 2 * held.key.length + 500;
}
