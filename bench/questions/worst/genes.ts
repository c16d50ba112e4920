import type { Random } from "../../../testing/random.ts";

/** What a search varies: named numbers from 0 to 1, created when a class first reads them. */
export class Genes {
  readonly #values: Map<string, number>;
  readonly #random: Random;

  constructor(random: Random, values: ReadonlyMap<string, number> = new Map()) {
    this.#random = random;
    this.#values = new Map(values);
  }

  /** A whole number in this range; small ones as likely as large ones. */
  size(name: string, from: number, to: number): number {
    return Math.round(from * (to / from) ** this.#value(name));
  }

  pick<T>(name: string, choices: readonly T[]): T {
    return choices[Math.min(choices.length - 1, Math.floor(this.#value(name) * choices.length))] as T;
  }

  /** The same, except for one or two that are slightly or entirely different. */
  mutated(): Genes {
    const values = new Map(this.#values);
    const names = [...values.keys()];
    for (let count = this.#random.next() < 0.7 ? 1 : 2; count > 0; count -= 1) {
      const name = names[Math.floor(this.#random.next() * names.length)];
      if (name === undefined) continue;
      const near = (values.get(name) ?? 0) + (this.#random.next() - 0.5) / 3;
      const value = this.#random.next() < 0.3 ? this.#random.next() : near;
      values.set(name, Math.min(1, Math.max(0, value)));
    }
    return new Genes(this.#random, values);
  }

  toString(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value.toFixed(2)}`).join(" ");
  }

  #value(name: string): number {
    const value = this.#values.get(name) ?? this.#random.next();
    this.#values.set(name, value);
    return value;
  }
}
