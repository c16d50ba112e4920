import { MemoryTier } from "../cache/memory-tier.ts";
import { NETWORKS_COUNTED, WIDER_NETWORK_FACTOR } from "./constants.ts";
import { levelsOf } from "./networks.ts";
import { RateLimit } from "./rate-limit.ts";

/**
 * So many a minute for each client network, and a few times as many for each wider network around it. Whoever owns a
 * wide network has as many addresses as he likes; he gets the wide network's budget, not one for each of them.
 */
export class NetworkBudget {
  readonly #perMinute: number;
  /**
   * One map a level, narrowest first, each with the networks seen last. A level of its own: very many narrow networks
   * must not push out the count of the wide one that they belong to.
   */
  readonly #levels: MemoryTier<RateLimit>[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Whether every network of the client has something left. */
  has(client: string, now: number): boolean {
    return this.#limitsOf(client, now).every((limit) => limit.has(now));
  }

  /** Takes one from every network of the client, or from none. */
  take(client: string, now: number): boolean {
    const limits = this.#limitsOf(client, now);
    if (!limits.every((limit) => limit.has(now))) return false;
    for (const limit of limits) limit.spend(now);
    return true;
  }

  /** Takes one from every network of the client, even if that leaves a debt. */
  spend(client: string, now: number): void {
    for (const limit of this.#limitsOf(client, now)) limit.spend(now);
  }

  #limitsOf(client: string, now: number): RateLimit[] {
    return levelsOf(client).map((network, level) => {
      this.#levels[level] ??= new MemoryTier({
        maxBytes: Number.POSITIVE_INFINITY,
        maxEntries: NETWORKS_COUNTED,
      });
      const known = this.#levels[level].get(network);
      if (known) return known;
      const limit = new RateLimit(this.#perMinute * WIDER_NETWORK_FACTOR ** level, now);
      this.#levels[level].set(network, limit, 1);
      return limit;
    });
  }
}
