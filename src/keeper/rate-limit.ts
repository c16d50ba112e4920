const MINUTE_MS = 60_000;

/** A token bucket: so many a minute, saved up to one minute's worth. */
export class RateLimit {
  readonly #perMinute: number;
  #tokens: number;
  #refilledAt: number;

  constructor(perMinute: number, now: number) {
    this.#perMinute = perMinute;
    this.#tokens = perMinute;
    this.#refilledAt = now;
  }

  /** Takes one token, if there is one. */
  take(now: number): boolean {
    const gained = (Math.max(0, now - this.#refilledAt) / MINUTE_MS) * this.#perMinute;
    this.#tokens = Math.min(this.#perMinute, this.#tokens + gained);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
