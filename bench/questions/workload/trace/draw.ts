import { Random } from "../../../../testing/random.ts";

const FINE = 2 ** 30;

/** What a seed decides: popularity by Zipf's law, choices by weight, gaps between arrivals. */
export class Draw {
  readonly #random: Random;
  readonly #sums = new Map<string, Float64Array>();
  readonly #cumulated = new WeakMap<readonly number[], Float64Array>();

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** In [0, 1). */
  unit(): number {
    return this.#random.below(FINE) / FINE;
  }

  below(limit: number): number {
    return this.#random.below(limit);
  }

  pick<T>(list: readonly T[]): T {
    return this.#random.pick(list);
  }

  /** From 1 to `count`: the n-th is drawn `1 / n^exponent` as often as the first. */
  zipf(count: number, exponent = 1): number {
    const name = `${count} ${exponent}`;
    let sums = this.#sums.get(name);
    if (sums === undefined) {
      sums = new Float64Array(count);
      let sum = 0;
      for (let n = 0; n < count; n++) sums[n] = sum += 1 / (n + 1) ** exponent;
      this.#sums.set(name, sums);
    }
    const wanted = this.unit() * (sums[count - 1] ?? 1);
    const found = sums.findIndex((sum) => sum > wanted);
    return found < 0 ? count : found + 1;
  }

  /** An index, as often as the figure there. */
  among(figures: readonly number[]): number {
    let sums = this.#cumulated.get(figures);
    if (sums === undefined) {
      sums = new Float64Array(figures.length);
      let sum = 0;
      for (const [index, figure] of figures.entries()) sums[index] = sum += figure;
      this.#cumulated.set(figures, sums);
    }
    const wanted = this.unit() * (sums[figures.length - 1] ?? 0);
    let [low, high] = [0, figures.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let at = this.unit() * list.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of list) {
      if (at < item.weight) return item;
      at -= item.weight;
    }
    return list[list.length - 1] as T;
  }

  /** Milliseconds to the next arrival of a Poisson process. */
  gap(perSecond: number): number {
    return (-Math.log(1 - this.unit()) / perSecond) * 1_000;
  }
}
