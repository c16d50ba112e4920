import type { Clock } from "../cache/clock.ts";
import type { BypassReason } from "./outcome.ts";

/** How long a key whose response may not be shared is asked for without the keeper. */
const REMEMBERED_MS = 60_000;
const MOST_KEYS = 1_000;

/** Keys whose last response may not be shared: they would cost a fill in vain each time. */
export class UnshareableKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, { readonly reason: BypassReason; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(key: string, reason: BypassReason): void {
    const oldest = this.#keys.keys().next();
    if (this.#keys.size >= MOST_KEYS && !oldest.done) this.#keys.delete(oldest.value);
    this.#keys.set(key, { reason, until: this.#clock.now() + REMEMBERED_MS });
  }

  reasonOf(key: string): BypassReason | null {
    const known = this.#keys.get(key);
    if (!known) return null;
    if (known.until > this.#clock.now()) return known.reason;
    this.#keys.delete(key);
    return null;
  }
}
