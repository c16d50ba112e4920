/** What a fact was at which times, from when somebody could see it first until somebody could still see it. */
export class OverTime<T> {
  readonly #spans: { readonly value: T; readonly from: number; until: number }[];

  constructor(first: T) {
    this.#spans = [{ value: first, from: 0, until: Number.POSITIVE_INFINITY }];
  }

  /** Runs what makes the fact another. Either may be seen until it has ended. */
  async become(value: T, make: () => Promise<unknown>): Promise<void> {
    const from = performance.now();
    await make();
    const last = this.#spans.at(-1);
    if (last) last.until = performance.now();
    this.#spans.push({ value, from, until: Number.POSITIVE_INFINITY });
  }

  /** Whether it was this at any moment of these. */
  was(value: T, from: number, until: number): boolean {
    return this.#spans.some((span) => span.value === value && span.from <= until && span.until >= from);
  }
}
