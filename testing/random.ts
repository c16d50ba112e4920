/**
 * Seeded random numbers (mulberry32). Histories, traces and figures under `bench/results` depend on exactly these
 * numbers: another generator would give other ones from the same seeds.
 */
export class Random {
  #state: number;

  /** @param seed a whole number, of which 32 bits count */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** For consecutive seeds: neighbours start far apart. */
  static spread(seed: number): Random {
    return new Random(Math.imul(seed + 1, 0x9e3779b1));
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
  /** These in another order; each order is as likely. */
  shuffled<T>(items: readonly T[]): readonly T[] {
    const shuffled = [...items];
    for (let left = shuffled.length; left > 1; left -= 1) {
      const [last, other] = [left - 1, this.below(left)];
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }
}
