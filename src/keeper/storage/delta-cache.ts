import { Lru } from "../../runtime/lru.ts";
import type { RowDelta } from "../protocol/sync.ts";

/** Raised buckets and their marks, side by side. Many callers get one object, so nobody may change it. */
export interface Delta {
  readonly buckets: Uint16Array;
  readonly marks: Float64Array;
  readonly rows?: RowDelta;
}

/** Isolates that rest ask from a few positions. A full delta of all buckets takes 120 KB, one of all rows ten times that. */
const LIMITS = { maxBytes: 4_194_304, maxEntries: 256 };

/**
 * Deltas from where isolates are to where the keeper is: 500 isolates that ask after one change get one object. It says
 * what was raised, never how old that is, which each answer counts for itself (P2).
 */
export class DeltaCache {
  #deltas = new Lru<Delta, number>(LIMITS);
  /** The mark up to which these deltas go. */
  #mark = -1;

  /** The delta from one mark to another, made if it is not there. */
  get(since: number, mark: number, make: () => Delta): Delta {
    if (mark !== this.#mark) this.clear();
    this.#mark = mark;
    const known = this.#deltas.get(since);
    if (known) return known;
    const delta = make();
    this.#deltas.set(since, delta, bytesOf(delta));
    return delta;
  }

  clear(): void {
    if (this.#deltas.size > 0) this.#deltas = new Lru(LIMITS);
  }
}

function bytesOf({ buckets, marks, rows }: Delta): number {
  const ofRows = rows ? rows.slots.byteLength + rows.marks.byteLength : 0;
  return buckets.byteLength + marks.byteLength + ofRows + 500;
}
