import { MemoryTier } from "../cache/memory-tier.ts";
import {
  KV_BURST_SHARE,
  KV_CLIENT_SHARE,
  KV_RESERVED_FROM_LEVEL,
  KV_RESERVED_SHARE,
  NETWORKS_COUNTED,
} from "./constants.ts";
import type { Demand } from "./demand.ts";
import type { Meta } from "./meta.ts";
import { UNKNOWN_CLIENT } from "./networks.ts";
import { RateLimit } from "./rate-limit.ts";

const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1_440;

/** What must survive a restart: else each would bring a new burst. */
interface State {
  /** Of the epoch, in UTC, as Cloudflare counts. */
  readonly day: number;
  readonly spent: number;
  readonly saved: number;
  readonly at: number;
}

/**
 * The day's writes to KV, spread over the day. A quarter of them can be saved up for a burst; the rest accrues evenly. So
 * any 24 hours together get no more than the day's budget, and any hour a quarter and a 32nd of it.
 *
 * A quarter of the burst is kept for keys that several clients want. Of the others, those that one client was the first
 * to ask for get no more than a quarter of all.
 */
export class KvBudget {
  readonly #meta: Pick<Meta, "text" | "set">;
  readonly #perDay: number;
  /** Writes that can be saved up. */
  readonly burst: number;
  readonly #perMs: number;
  readonly #reserved: number;
  readonly #shares = new MemoryTier<RateLimit>({
    maxBytes: Number.POSITIVE_INFINITY,
    maxEntries: NETWORKS_COUNTED,
  });
  #state: State;

  constructor(meta: Pick<Meta, "text" | "set">, perDay: number, now: number) {
    this.#meta = meta;
    this.#perDay = perDay;
    this.burst = Math.min(perDay, Math.max(1, Math.floor(perDay * KV_BURST_SHARE)));
    this.#perMs = Math.max(perDay - this.burst, Math.min(perDay, 1)) / DAY_MS;
    this.#reserved = Math.floor(this.burst * KV_RESERVED_SHARE);
    this.#state = this.#stored() ?? { day: dayOf(now), spent: 0, saved: this.burst, at: now };
  }

  /** Takes one write for a key in such demand, if there is one. */
  take(demand: Demand, now: number): boolean {
    const { saved, spent, day, at } = this.#stateAt(now);
    const isWanted = demand.level >= KV_RESERVED_FROM_LEVEL;
    if (saved < 1 + (isWanted ? 0 : this.#reserved) || spent >= this.#perDay) return false;
    const isShared = isWanted || demand.owner === UNKNOWN_CLIENT;
    if (!isShared && !this.#shareOf(demand.owner, now).take(now)) return false;
    this.#state = { day, spent: spent + 1, saved: saved - 1, at };
    this.#meta.set("kv_budget", JSON.stringify(this.#state));
    return true;
  }

  /** Milliseconds until a key in the highest demand may be written; 0: now. */
  leftUntilNext(now: number): number {
    const { saved, spent, day } = this.#stateAt(now);
    if (spent >= this.#perDay) return (day + 1) * DAY_MS - now;
    return saved >= 1 ? 0 : Math.ceil((1 - saved) / this.#perMs);
  }

  #shareOf(owner: string, now: number): RateLimit {
    const known = this.#shares.get(owner);
    if (known) return known;
    const perMinute = (this.#perDay * KV_CLIENT_SHARE) / MINUTES_A_DAY;
    const share = new RateLimit(perMinute, now, Math.max(1, this.burst * KV_CLIENT_SHARE));
    this.#shares.set(owner, share, 1);
    return share;
  }

  #stateAt(now: number): State {
    const { day, spent, saved, at } = this.#state;
    const gained = Math.max(0, now - at) * this.#perMs;
    return {
      day: dayOf(now),
      spent: day === dayOf(now) ? spent : 0,
      saved: Math.min(this.burst, saved + gained),
      at: now,
    };
  }

  #stored(): State | null {
    const text = this.#meta.text("kv_budget");
    return text === null ? null : (JSON.parse(text) as State);
  }
}

function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}
