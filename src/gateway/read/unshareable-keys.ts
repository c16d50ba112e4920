import type { Clock } from "../../runtime/clock.ts";
import { Lru } from "../../runtime/lru.ts";
import type { BypassReason } from "../http/outcome.ts";

/** How long a key whose response may not be shared is asked for without the keeper. */
const REMEMBERED_MS = 60_000;
const REMEMBERED = { maxEntries: 1_000, maxBytes: 1_048_576 };

/** What a key takes beside its text. */
const PLACE_BYTES = 300;

interface Known {
  readonly reason: BypassReason;
  readonly until: number;
}

/** Keys whose last response may not be shared: they would cost a fill in vain each time. */
export class UnshareableKeys {
  readonly #clock: Clock;
  readonly #keys = new Lru<Known>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(key: string, reason: BypassReason): void {
    this.#keys.set(key, { reason, until: this.#clock.now() + REMEMBERED_MS }, PLACE_BYTES + key.length);
  }

  reasonOf(key: string): BypassReason | null {
    const known = this.#keys.get(key);
    if (!known) return null;
    if (known.until > this.#clock.now()) return known.reason;
    this.#keys.delete(key);
    return null;
  }
}
