import { hash32 } from "../../runtime/hash.ts";
import { ownerOf, UNKNOWN_CLIENT } from "../budgets/networks.ts";
import { DEMAND_PERIOD_MS } from "../protocol/constants.ts";

/** Networks are told apart by one bit of their hash: some thirty are more than anybody needs to know. */
const BITS = 32;

/**
 * Who wants a key, coarsely: by how many owners' networks it was asked for, and whether over some time. One client's
 * repetition counts once, however often it asks. In memory only: it orders what is a convenience.
 */
export class Demand {
  #networks = 0;
  #unknown = 0;
  #firstReadAt = Number.POSITIVE_INFINITY;
  #isSpread = false;
  #first = UNKNOWN_CLIENT;

  /** A reader of this client's has asked the keeper. */
  asked(client: string, now: number): void {
    const owner = ownerOf(client);
    if (this.#first === UNKNOWN_CLIENT) this.#first = owner;
    // Without addresses nobody can be told from anybody: each counts.
    const number = owner === UNKNOWN_CLIENT ? this.#unknown++ : hash32(owner);
    this.#networks |= 1 << (number % BITS);
    this.read(now);
  }

  /** It was read somewhere, by nobody knows whom. */
  read(now: number): void {
    this.#firstReadAt = Math.min(this.#firstReadAt, now);
    if (now - this.#firstReadAt >= DEMAND_PERIOD_MS) this.#isSpread = true;
  }

  /** The network of the first who is known to have asked, whose share of budgets pays for it. */
  get owner(): string {
    return this.#first;
  }

  /** Whether it was read over some time. */
  get lasts(): boolean {
    return this.#isSpread;
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
