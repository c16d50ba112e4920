import { Random } from "../../../testing/soundness/random.ts";

/** Choices by a seed, from which further independent ones are made: what runs at once must not share one. */
export class Choices extends Random {
  next(): Choices {
    return new Choices(this.below(2 ** 31));
  }
}
