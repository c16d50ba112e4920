const MINUTE_MS = 60_000;

/** A token bucket. By default one minute's worth of tokens can be saved up; `most` sets another limit. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #most: number;
  #tokens: number;
  #refilledAt: number;

  constructor(perMinute: number, now: number, most = perMinute) {
    this.#perMinute = perMinute;
    this.#most = most;
    this.#tokens = most;
    this.#refilledAt = now;
  }

  /** Whether there is a token to take. */
  has(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= 1;
  }

  /** Takes one token, if there is one. */
  take(now: number): boolean {
    if (!this.has(now)) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill(now: number): void {
    const gained = (Math.max(0, now - this.#refilledAt) / MINUTE_MS) * this.#perMinute;
    this.#tokens = Math.min(this.#most, this.#tokens + gained);
    this.#refilledAt = now;
  }
}
