import { isShared, levelsOf } from "./networks.ts";

/** Networks of each width counted at a time; the one seen least recently is forgotten. */
export const NETWORKS_COUNTED = 2_000;

/**
 * A network one level up (IPv4 /24 and /16, IPv6 /48 and /32) may do this many times as much as one below it. Four does
 * not hold back a home or office with a few addresses, and makes the owner of 65,536 networks worth only four.
 */
const WIDER_NETWORK_FACTOR = 4;

const MINUTE_MS = 60_000;

/** A budget for one kind of cost. */
export interface Purse {
  /** What one client may spend per minute; one minute's worth can be saved up. */
  readonly perMinute: number;
  /**
   * How many minutes' worth a client may owe. 0: spending beyond the budget is forgotten. 1: the client waits for at
   * most one more minute.
   */
  readonly debt: number;
}

/** When the record was last updated, then what is spent of each purse and not yet regained. */
type Spent = number[];

/**
 * A budget per minute for each client network, and a few times as much for each wider network around it. The owner of
 * a wide network has any number of addresses, but gets the wide network's budget, not one per address.
 *
 * Memory: only a network that has spent something has a record, and one record counts all purses. Three levels of
 * `NETWORKS_COUNTED` records of at most 400 bytes each (the network's name, a few numbers, a place in a map) take 2.4
 * MB.
 */
export class NetworkBudgets<Name extends string> {
  readonly #names: readonly Name[];
  readonly #purses: Readonly<Record<Name, Purse>>;
  /**
   * One map per level, narrowest first, in the order of last use. The levels are separate so that very many narrow
   * networks cannot push out the count of the wide one around them.
   */
  readonly #levels: Map<string, Spent>[] = [];

  constructor(purses: Readonly<Record<Name, Purse>>) {
    this.#purses = purses;
    this.#names = Object.keys(purses) as Name[];
  }

  /** How many networks have a record. */
  get size(): number {
    return this.#levels.reduce((sum, { size }) => sum + size, 0);
  }

  /** What the client may still spend: the least that any of its networks has left, at least 0. */
  left(name: Name, client: string, now: number): number {
    const at = this.#names.indexOf(name) + 1;
    const rests = levelsOf(client).map((network, level) => {
      const spent = this.#recordOf(network, level, now)?.[at] ?? 0;
      return this.#purses[name].perMinute * factorOf(network, level) - spent;
    });
    return Math.max(0, Math.min(...rests));
  }

  /** Whether every network of the client has something left. */
  has(name: Name, client: string, now: number): boolean {
    return this.left(name, client, now) >= 1;
  }

  /** Takes one from every network of the client. False: one of them has nothing left, and none was charged. */
  take(name: Name, client: string, now: number): boolean {
    if (!this.has(name, client, now)) return false;
    this.spend(name, client, now);
    return true;
  }

  /** Takes one from every network of the client, even into debt, as far as the purse allows. */
  spend(name: Name, client: string, now: number): void {
    const at = this.#names.indexOf(name) + 1;
    const { perMinute, debt } = this.#purses[name];
    for (const [level, network] of levelsOf(client).entries()) {
      const record = this.#recordOf(network, level, now) ?? this.#begin(network, level, now);
      const most = perMinute * factorOf(network, level) * (1 + debt);
      record[at] = Math.min(most, (record[at] ?? 0) + 1);
    }
  }

  /** Gives one back to every network of the client. */
  giveBack(name: Name, client: string, now: number): void {
    const at = this.#names.indexOf(name) + 1;
    for (const [level, network] of levelsOf(client).entries()) {
      const record = this.#recordOf(network, level, now);
      if (record) record[at] = Math.max(0, (record[at] ?? 0) - 1);
    }
  }

  /** The record as of now, which becomes the last to be forgotten. Undefined: there is none. */
  #recordOf(network: string, level: number, now: number): Spent | undefined {
    const records = this.#levels[level];
    const record = records?.get(network);
    if (!records || !record) return undefined;
    records.delete(network);
    records.set(network, record);
    const elapsed = Math.max(0, now - (record[0] ?? now));
    record[0] = now;
    for (const [index, name] of this.#names.entries()) {
      const regained = (elapsed * this.#purses[name].perMinute * factorOf(network, level)) / MINUTE_MS;
      record[index + 1] = Math.max(0, (record[index + 1] ?? 0) - regained);
    }
    return record;
  }

  #begin(network: string, level: number, now: number): Spent {
    this.#levels[level] ??= new Map();
    const records = this.#levels[level];
    const oldest = records.size < NETWORKS_COUNTED ? undefined : records.keys().next().value;
    if (oldest !== undefined) records.delete(oldest);
    const record = [now, ...this.#names.map(() => 0)];
    records.set(network, record);
    return record;
  }
}

/** Addresses that very many people share have one level only, with the budget of the second level. */
function factorOf(network: string, level: number): number {
  return isShared(network) ? WIDER_NETWORK_FACTOR : WIDER_NETWORK_FACTOR ** level;
}
