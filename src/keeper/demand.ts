import { hash32 } from "../cache/hash.ts";
import { DEMAND_PERIOD_MS } from "./constants.ts";
import { ownerOf, UNKNOWN_CLIENT } from "./networks.ts";

/** Networks are told apart by one bit of their hash: some thirty are more than anybody needs to know. */
const BITS = 32;

/**
 * Who wants a key, coarsely: by how many owners' networks it was asked for, and whether over some time. One client's
 * repetition counts once, however often it asks. In memory only: it orders what is a convenience.
 */
export class Demand {
  #networks = 0;
  #unknown = 0;
  #firstPeriod = Number.NaN;
  #isSpread = false;
  #first = UNKNOWN_CLIENT;

  /** A reader of this client's has asked the keeper. */
  asked(client: string, now: number): void {
    const owner = ownerOf(client);
    if (Number.isNaN(this.#firstPeriod)) this.#first = owner;
    // Without addresses nobody can be told from anybody: each counts.
    const number = owner === UNKNOWN_CLIENT ? this.#unknown++ : hash32(owner);
    this.#networks |= 1 << (number % BITS);
    this.read(now);
  }

  /** It was read somewhere, by nobody knows whom. */
  read(now: number): void {
    const period = Math.floor(now / DEMAND_PERIOD_MS);
    if (Number.isNaN(this.#firstPeriod)) this.#firstPeriod = period;
    if (period > this.#firstPeriod) this.#isSpread = true;
  }

  /** The network of who asked first, whose share of budgets pays for it. */
  get owner(): string {
    return this.#first;
  }

  /** 1: one client, for the moment; each further network counts one more, and so does being read for a while. */
  get level(): number {
    return bitsOf(this.#networks) + (this.#isSpread ? 1 : 0);
  }
}

function bitsOf(bitmap: number): number {
  let count = 0;
  for (let rest = bitmap; rest !== 0; rest &= rest - 1) count++;
  return count;
}
