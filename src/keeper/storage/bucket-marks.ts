import { UNWATCHED_BUCKET } from "../protocol/names.ts";

/** Raised buckets and their marks, side by side. */
export interface Delta {
  readonly buckets: Uint16Array;
  readonly marks: Float64Array;
}

interface RaisedBucket {
  readonly bucket: number;
  readonly mark: number;
}

/** The log is cleared of what no longer counts when it is this long. */
const LOG_MAX = 2 * UNWATCHED_BUCKET;

/**
 * The mark at which each bucket was last raised, in memory. What was raised since a mark is looked up in a log in the order
 * of the marks, so it costs as much as there is to tell, however many buckets there are.
 */
export class BucketMarks {
  readonly #marks = new Float64Array(UNWATCHED_BUCKET);
  /** A bucket that was raised again stands in it more than once; its last place counts. */
  #log: RaisedBucket[] = [];

  /** 0: it was never raised. */
  get(bucket: number): number {
    return this.#marks[bucket] ?? 0;
  }

  /** @param mark no lower than any before */
  raise(bucket: number, mark: number): void {
    if (this.#log.length >= LOG_MAX) this.#log = this.#log.filter((raised) => this.#counts(raised));
    this.#marks[bucket] = mark;
    this.#log.push({ bucket, mark });
  }

  /** The buckets raised after a mark; for −1, all that were ever raised. */
  since(mark: number): Delta {
    const raised = this.#log.slice(this.#after(mark)).filter((entry) => this.#counts(entry));
    return {
      buckets: Uint16Array.from(raised, ({ bucket }) => bucket),
      marks: Float64Array.from(raised, ({ mark: raisedTo }) => raisedTo),
    };
  }

  /** Where the log's first entry above the mark is. */
  #after(mark: number): number {
    let [from, to] = [0, this.#log.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#log[middle]?.mark ?? 0) > mark) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  #counts({ bucket, mark }: RaisedBucket): boolean {
    return this.#marks[bucket] === mark;
  }
}
