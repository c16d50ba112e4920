import { UNWATCHED_BUCKET } from "../protocol/names.ts";

/** A bucket, and the mark at which it was raised. */
export interface RaisedBucket {
  readonly bucket: number;
  readonly mark: number;
}

/**
 * The mark at which each bucket was last raised, in memory. What was raised since a mark is looked up in a log in the order
 * of the marks, so it costs as much as there is to tell, however many buckets there are.
 */
export class BucketMarks {
  readonly #marks: Float64Array;
  /** A bucket that was raised again stands in it more than once; its last place counts. */
  #log: RaisedBucket[] = [];

  /** @param count how many buckets there are */
  constructor(count = UNWATCHED_BUCKET) {
    this.#marks = new Float64Array(count);
  }

  /** 0: it was never raised. */
  get(bucket: number): number {
    return this.#marks[bucket] ?? 0;
  }

  /** @param mark no lower than any before */
  raise(bucket: number, mark: number): void {
    // It is cleared of what no longer counts when it is this long.
    if (this.#log.length >= 2 * this.#marks.length)
      this.#log = this.#log.filter((raised) => this.#counts(raised));
    this.#marks[bucket] = mark;
    this.#log.push({ bucket, mark });
  }

  /** The buckets raised after a mark; for −1, all that were ever raised. */
  since(mark: number): readonly RaisedBucket[] {
    return this.#log.slice(this.#after(mark)).filter((entry) => this.#counts(entry));
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
