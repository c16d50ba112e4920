import type { Feed } from "../ports/ports.ts";

/** For this long after a write of its own an instance takes itself for the owner of its storage. */
export const OWNED_FOR_MS = 2_000;

/**
 * A feed for a keeper that is also told of invalidations. Pulls prove what the database has committed, whoever makes them; but
 * a superseded instance hears nothing of what the next one is told. So an as-of is proven only by both: a pull, and a write
 * of this instance's own.
 */
export class OwnedFeed implements Feed {
  readonly proven = true;
  readonly #pulled: Feed;
  readonly #owned: Feed;

  /** @param owned as of the last moment at which this instance surely was the owner of its storage */
  constructor(pulled: Feed, owned: Feed) {
    this.#pulled = pulled;
    this.#owned = owned;
  }

  asOf(): number {
    return Math.min(this.#pulled.asOf(), this.#owned.asOf());
  }

  async reach(need: number): Promise<boolean> {
    const hasPulled = await this.#pulled.reach(need);
    await this.#owned.reach(need);
    return hasPulled;
  }

  /** Its as-of takes both, so that it ends where the first of them does. */
  alone(): Promise<void> {
    return Promise.race([this.#pulled.alone(), this.#owned.alone()]);
  }

  nudge(): void {
    this.#pulled.nudge();
  }

  forget(): void {
    this.#pulled.forget();
    this.#owned.forget();
  }
}
