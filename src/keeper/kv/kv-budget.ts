import { Lru } from "../../runtime/lru.ts";
import { NETWORKS_COUNTED } from "../budgets/network-budget.ts";
import { RateLimit } from "../budgets/rate-limit.ts";
import type { Demand } from "../keys/demand.ts";
import { WANTED_BY_MANY_LEVEL } from "../keys/demand.ts";
import type { Meta } from "../storage/meta.ts";

/** The share of a day's writes that can be saved up for a burst; the rest accrues evenly over the day. */
const KV_BURST_SHARE = 1 / 4;

/** The share of the burst kept for keys that many networks want, so that a flood by a few leaves it alone. */
const KV_RESERVED_SHARE = 1 / 4;

/** The most that one client gets for the keys it was the first to ask for. */
const KV_CLIENT_SHARE = 1 / 4;

/** A client that has been alone for this long is not held to its share for keys it has read over some time. */
const KV_ALONE_AFTER_MS = 3_600_000;

const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1_440;

/** Stored, since otherwise each restart would bring a new burst. */
interface State {
  /** Days since the epoch, in UTC, as Cloudflare counts them. */
  readonly day: number;
  readonly spent: number;
  readonly saved: number;
  readonly at: number;
}

/**
 * The day's writes to KV, spread over the day. A quarter of them can be saved up for a burst; the rest accrues evenly.
 * Any 24 hours therefore get at most the day's budget, and any hour at most a quarter and a 32nd of it.
 *
 * A quarter of the burst is kept for keys that several clients want. All other keys that one client was the first to
 * ask for share at most a quarter of all writes, while other clients ask for keys too, or if they were not read over
 * some time. Clients without an address count as one.
 */
export class KvBudget {
  readonly #meta: Pick<Meta, "text" | "set">;
  readonly #perDay: number;
  /** How many writes can be saved up. */
  readonly burst: number;
  readonly #perMs: number;
  readonly #reserved: number;
  readonly #shares = new Lru<RateLimit>({
    maxBytes: Number.POSITIVE_INFINITY,
    maxEntries: NETWORKS_COUNTED,
  });
  /** The client that asked last, and when any other client last asked. */
  #lastAsked = { owner: "", at: Number.NEGATIVE_INFINITY };
  #otherAskedAt = Number.NEGATIVE_INFINITY;
  #state: State;

  constructor(meta: Pick<Meta, "text" | "set">, perDay: number, now: number) {
    this.#meta = meta;
    this.#perDay = perDay;
    this.burst = Math.min(perDay, Math.max(1, Math.floor(perDay * KV_BURST_SHARE)));
    this.#perMs = Math.max(perDay - this.burst, Math.min(perDay, 1)) / DAY_MS;
    this.#reserved = Math.floor(this.burst * KV_RESERVED_SHARE);
    this.#state = this.#stored() ?? { day: dayOf(now), spent: 0, saved: this.burst, at: now };
  }

  /**
   * Notes that a key is worth a write which this client was the first to ask for. A client is held to its share while
   * other clients ask as well.
   */
  asked(owner: string, now: number): void {
    if (this.#lastAsked.owner !== owner) this.#otherAskedAt = this.#lastAsked.at;
    this.#lastAsked = { owner, at: now };
  }

  /**
   * Why there is no write for a key in this demand. Null: there is one. "all": there is none for any key. "unwanted":
   * none for keys that few clients want. "share": none for keys of this client.
   */
  refuses(demand: Demand, now: number): "all" | "unwanted" | "share" | null {
    const { saved, spent } = this.#stateAt(now);
    if (saved < 1 || spent >= this.#perDay) return "all";
    if (isWanted(demand)) return null;
    if (saved < 1 + this.#reserved) return "unwanted";
    if (this.#shareOf(demand.owner, now).has(now)) return null;
    // A client may use writes that nobody else asks for, but not for a flood: its keys must be read over some time.
    return demand.lasts && now - this.#othersAskedAt(demand.owner) > KV_ALONE_AFTER_MS ? null : "share";
  }

  /** Takes one write for a key in this demand. False: the budget refuses it. */
  take(demand: Demand, now: number): boolean {
    if (this.refuses(demand, now)) return false;
    if (!isWanted(demand)) this.#shareOf(demand.owner, now).take(now);
    const { saved, spent, day, at } = this.#stateAt(now);
    this.#state = { day, spent: spent + 1, saved: saved - 1, at };
    this.#meta.set("kv_budget", JSON.stringify(this.#state));
    return true;
  }

  /** What of the day's writes is spent, and when the next day begins, in epoch milliseconds. */
  usage(now: number): { readonly spent: number; readonly perDay: number; readonly resetsAt: number } {
    const { spent, day } = this.#stateAt(now);
    return { spent, perDay: this.#perDay, resetsAt: (day + 1) * DAY_MS };
  }

  /** Milliseconds until a key in the highest demand may be written. 0: now. */
  leftUntilNext(now: number): number {
    const { saved, spent, day } = this.#stateAt(now);
    if (spent >= this.#perDay) return (day + 1) * DAY_MS - now;
    return saved >= 1 ? 0 : Math.ceil((1 - saved) / this.#perMs);
  }

  #othersAskedAt(owner: string): number {
    return this.#lastAsked.owner === owner ? this.#otherAskedAt : this.#lastAsked.at;
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

/** Whether the reserve is for it, and no client's share pays for it. */
function isWanted({ level }: Demand): boolean {
  return level >= WANTED_BY_MANY_LEVEL;
}

function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}
