import type { Row } from "../row/change.ts";
import { Meter } from "./meter.ts";
import { RowFacts } from "./row-facts.ts";

/** Equal values, or values that print alike, too: 0 and -0 are the same value. */
type Sameness = "value" | "text";

/** What is spent on judging changes, and what is known of the rows at hand. Serves one batch of changes. */
export class Work {
  readonly meter: Meter;
  #last: RowFacts | undefined;
  #previous: RowFacts | undefined;
  #same: Record<Sameness, Map<readonly string[], boolean>> = { value: new Map(), text: new Map() };
  #sameOf: readonly [Row, Row] | undefined;

  constructor(meter: Meter = new Meter()) {
    this.meter = meter;
  }

  /** Kept for the two rows asked for last: those of one change. */
  of(row: Row): RowFacts {
    if (this.#last?.row === row) return this.#last;
    if (this.#previous?.row === row) return this.#previous;
    this.#previous = this.#last;
    this.#last = new RowFacts(row, this.meter);
    return this.#last;
  }

  /** Whether two rows agree in these columns, asked once for each list and each kind of agreement. */
  same(
    kind: Sameness,
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
