import type { StoredResponse } from "../../keeper/protocol/entry.ts";
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
  /** How long the last fill took, in milliseconds. A guess until this isolate has seen one. */
  fillMs: number;
  /** When the answer last served a read past half of its bound although the fence refused it. */
  soughtAt: number;
}

/** The guess: a round trip to the keeper and on to the database. */
const USUAL_FILL_MS = 200;

export function hold(key: string, entry: StoredResponse, provenAt: number): HeldAnswer {
  const buckets = bucketsOf(key, entry);
  return { ...entry, key, buckets, provenAt, fillMs: USUAL_FILL_MS, soughtAt: Number.NEGATIVE_INFINITY };
}

export function positionOf(held: HeldAnswer): Position {
  return { generation: held.generation, mark: held.mark };
}

/** Roughly how many bytes of memory the answer takes: its body, its texts and the objects around them. */
export function bytesHeld(held: HeldAnswer): number {
  return held.body.byteLength + 2 * held.key.length + 500;
}
