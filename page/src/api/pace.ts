/** A page that nobody has touched for this long asks less often: it may hang on a wall, and each call is billed. */
const IDLE_AFTER_MS = 10 * 60_000;
const IDLE_EVERY_MS = 30_000;

/** How often to ask, by when somebody last used the page. */
export class Pace {
  #usedAt: number;

  constructor(now: number) {
    this.#usedAt = now;
  }

  used(now: number): void {
    this.#usedAt = now;
  }

  /** Milliseconds to wait, of what wants `everyMs`. */
  of(everyMs: number, now: number): number {
    return now - this.#usedAt < IDLE_AFTER_MS ? everyMs : Math.max(everyMs, IDLE_EVERY_MS);
  }
}

export const pace = new Pace(Date.now());

/** Counts keys and pointers as use. */
export function watchUse(): void {
  for (const kind of ["keydown", "pointerdown"] as const) {
    addEventListener(kind, () => pace.used(Date.now()), { passive: true });
  }
}
