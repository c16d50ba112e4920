import { Random } from "../../../testing/soundness/random.ts";

/** Seeded choices, from which independent ones are derived: concurrent parts must not share one. */
export class Choices extends Random {
  next(): Choices {
    return new Choices(this.below(2 ** 31));
  }
}
