/** Whoever has reported within this time is taken to be there. */
const COUNTED_FOR_MS = 300_000;

/** More isolates than a site of one keeper can feed. */
const REMEMBERED = 10_000;

/** Which isolates, or which mirrors, have reported lately, in memory only. */
export class ReportedLately {
  readonly #reportedAt = new Map<string, number>();

  note(name: string, now: number): void {
    // Newest last, and the oldest gives way.
    this.#reportedAt.delete(name);
    this.#reportedAt.set(name, now);
    const [oldest] = this.#reportedAt.keys();
    if (this.#reportedAt.size > REMEMBERED && oldest !== undefined) this.#reportedAt.delete(oldest);
  }

  count(now: number): number {
    for (const [name, at] of this.#reportedAt) {
      if (now - at <= COUNTED_FOR_MS) break;
      this.#reportedAt.delete(name);
    }
    return this.#reportedAt.size;
  }
}
