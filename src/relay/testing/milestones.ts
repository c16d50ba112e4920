/** A count that only goes up, and those who wait for it to be reached: no test has to poll, or to be in time. */
export class Milestones {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  reached(count: number): void {
    this.#count = count;
    for (const { resolve } of this.#waiting.filter((each) => each.count <= count)) resolve();
    this.#waiting = this.#waiting.filter((each) => each.count > count);
  }

  of(count: number): Promise<void> {
    if (this.#count >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}
