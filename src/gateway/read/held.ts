import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import { bucketsOf } from "../../keeper/protocol/names.ts";
import type { Position } from "../../keeper/protocol/position.ts";

/** An entry in this isolate's memory: plain data, shared by all requests. */
export interface Held {
  readonly key: string;
  /** Buckets of all the names it stands on. */
  readonly buckets: readonly number[];
  /** Every relation that it reads, `schema.table`. */
  readonly relations: readonly string[];
  readonly generation: string;
  /** Rises when the keeper says "still good". */
  mark: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: ArrayBuffer;
  /** Wall clock of the keeper, for `ttl`: a safety net of minutes, not a proof. */
  readonly filledAt: number;
  /** The latest moment, on this isolate's clock, as of which it is known to be true. */
  provenAt: number;
  /** How long it took to come from the origin, in milliseconds; a guess until one has. */
  fillMs: number;
  /** The last read that it served although the fence refused it, past half of the bound. */
  soughtAt: number;
}

/** A round trip to the keeper and on to the database. */
const USUAL_FILL_MS = 200;

export function hold(key: string, entry: StoredResponse, provenAt: number): Held {
  const buckets = bucketsOf(key, entry);
  return { ...entry, key, buckets, provenAt, fillMs: USUAL_FILL_MS, soughtAt: Number.NEGATIVE_INFINITY };
}

export function positionOf(held: Held): Position {
  return { generation: held.generation, mark: held.mark };
}

/** Memory that an entry takes, roughly: its body, its texts, and the objects around them. */
export function bytesHeld(held: Held): number {
  return held.body.byteLength + 2 * held.key.length + 500;
}
