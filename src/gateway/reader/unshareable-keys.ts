import type { Clock } from "../../runtime/clock.ts";
import { Lru } from "../../runtime/lru.ts";
import type { BypassReason } from "../http/outcome.ts";

/** How long the keeper is not asked for a key whose response may not be shared. */
const REMEMBERED_MS = 60_000;
const REMEMBERED = { maxEntries: 1_000, maxBytes: 1_048_576 };

/** How many bytes a key takes besides its text. */
const OVERHEAD_BYTES = 300;

interface RememberedReason {
  readonly reason: BypassReason;
  readonly until: number;
}

/** Keys whose last response may not be shared. Asking the keeper for one would cost a useless fill each time. */
export class UnshareableKeys {
  readonly #clock: Clock;
  readonly #keys = new Lru<RememberedReason>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(key: string, reason: BypassReason): void {
    this.#keys.set(key, { reason, until: this.#clock.now() + REMEMBERED_MS }, OVERHEAD_BYTES + key.length);
  }

  /** Null when the key may be asked for. */
  reasonOf(key: string): BypassReason | null {
    const known = this.#keys.get(key);
    if (!known) return null;
    if (known.until > this.#clock.now()) return known.reason;
    this.#keys.delete(key);
    return null;
  }
}
