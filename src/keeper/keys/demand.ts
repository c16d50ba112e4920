import { hash32 } from "../../runtime/hash.ts";
import { ownerOf, UNKNOWN_CLIENT } from "../budgets/networks.ts";

/** A key read this long after its first read is wanted for more than a moment. */
const DEMAND_PERIOD_MS = 600_000;

/** From this level of demand on, many networks want a key: a flood by a few must not displace it. */
export const WANTED_BY_MANY_LEVEL = 4;

/** Networks are told apart by one bit of their hash; counting beyond some thirty has no use. */
const BITS = 32;

/**
 * Roughly how many clients want a key: how many networks asked for it, and whether over some time. However often one
 * client asks, it counts once. Kept in memory only, since it merely orders conveniences: evictions and writes to KV.
 */
export class Demand {
  #networks = 0;
  #unknown = 0;
  #firstReadAt = Number.POSITIVE_INFINITY;
  #isSpread = false;
  /** The only data centre whose isolates asked. Null: none has asked yet. */
  #place: string | null = null;
  #isElsewhere = false;
  #first = UNKNOWN_CLIENT;

  /**
   * A reader of this client asked the keeper.
   *
   * @param place the data centre, if its isolates share answers without KV. Null: they do not
   */
  asked(client: string, now: number, place: string | null = null): void {
    this.#place ??= place;
    if (place === null || place !== this.#place) this.#isElsewhere = true;
    const owner = ownerOf(client);
    if (this.#first === UNKNOWN_CLIENT) this.#first = owner;
    // Clients without an address cannot be told apart, so each request counts.
    const number = owner === UNKNOWN_CLIENT ? this.#unknown++ : hash32(owner);
    this.#networks |= 1 << (number % BITS);
    this.read(now);
  }

  /** It was read in some isolate, by an unknown client. */
  read(now: number): void {
    this.#firstReadAt = Math.min(this.#firstReadAt, now);
    if (now - this.#firstReadAt >= DEMAND_PERIOD_MS) this.#isSpread = true;
  }

  /** The network of the first known client to ask. Its share of the budgets pays for the key. */
  get owner(): string {
    return this.#first;
  }

  /** Whether it takes KV to bring an answer to all who asked: not if they are in one data centre that has a cache. */
  get needsKv(): boolean {
    return this.#isElsewhere;
  }

  /** Whether it was read over some time, not only for a moment. */
  get lasts(): boolean {
    return this.#isSpread;
  }

  /** 1: one client, for the moment. Each further network adds one, and so does being read over some time. */
  get level(): number {
    return bitsOf(this.#networks) + (this.#isSpread ? 1 : 0);
  }
}

function bitsOf(bitmap: number): number {
  let count = 0;
  for (let rest = bitmap; rest !== 0; rest &= rest - 1) count++;
  return count;
}
