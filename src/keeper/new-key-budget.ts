import { MemoryTier } from "../cache/memory-tier.ts";
import { CLIENTS_COUNTED } from "./constants.ts";
import { RateLimit } from "./rate-limit.ts";

/** What one client may add to the registry; clients are counted while they are among the latest to come. */
export class NewKeyBudget {
  readonly #perMinute: number;
  readonly #clients = new MemoryTier<RateLimit>({
    maxBytes: Number.POSITIVE_INFINITY,
    maxEntries: CLIENTS_COUNTED,
  });

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Takes one new key from the client's budget, if there is one left. */
  take(client: string, now: number): boolean {
    let limit = this.#clients.get(client);
    if (!limit) {
      limit = new RateLimit(this.#perMinute, now);
      this.#clients.set(client, limit, 1);
    }
    return limit.take(now);
  }
}
