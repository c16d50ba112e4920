import type { Row } from "../row/change.ts";
import { Meter } from "./meter.ts";
import { RowFacts } from "./row-facts.ts";

/** *value*: the values are equal. *text*: they also print alike, which `0` and `-0` do not. */
export type Equality = "value" | "text";

/** The steps spent on judging one batch of changes, and what has been read of the rows at hand. */
export class Work {
  readonly meter: Meter;
  #last: RowFacts | undefined;
  #previous: RowFacts | undefined;
  #same: Record<Equality, Map<readonly string[], boolean>> = { value: new Map(), text: new Map() };
  #sameOf: readonly [Row, Row] | undefined;

  constructor(meter: Meter = new Meter()) {
    this.meter = meter;
  }

  /** What has been read of a row. Kept for the two rows that were asked for last, which are those of one change. */
  of(row: Row): RowFacts {
    if (this.#last?.row === row) return this.#last;
    if (this.#previous?.row === row) return this.#previous;
    this.#previous = this.#last;
    this.#last = new RowFacts(row, this.meter);
    return this.#last;
  }

  /** Whether two rows agree in these columns. `agrees` is called once for each list and kind, until other rows come. */
  same(
    kind: Equality,
    columns: readonly string[],
    [old, record]: readonly [Row, Row],
    agrees: () => boolean,
  ): boolean {
    if (this.#sameOf?.[0] !== old || this.#sameOf[1] !== record) {
      this.#same = { value: new Map(), text: new Map() };
      this.#sameOf = [old, record];
    }
    let same = this.#same[kind].get(columns);
    if (same === undefined) {
      same = agrees();
      this.#same[kind].set(columns, same);
    }
    return same;
  }
}
