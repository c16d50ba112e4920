/** An isolate that has reported within this time is taken to be there. */
const COUNTED_FOR_MS = 300_000;

/** More than a site of one keeper can feed. */
const REMEMBERED = 10_000;

/** Which isolates have reported lately, in memory only. */
export class Isolates {
  readonly #reportedAt = new Map<string, number>();

  note(isolate: string, now: number): void {
    // Newest last, and the oldest gives way.
    this.#reportedAt.delete(isolate);
    this.#reportedAt.set(isolate, now);
    const [oldest] = this.#reportedAt.keys();
    if (this.#reportedAt.size > REMEMBERED && oldest !== undefined) this.#reportedAt.delete(oldest);
  }

  count(now: number): number {
    for (const [isolate, at] of this.#reportedAt) {
      if (now - at <= COUNTED_FOR_MS) break;
      this.#reportedAt.delete(isolate);
    }
    return this.#reportedAt.size;
  }
}
