import { NETWORKS_COUNTED, WIDER_NETWORK_FACTOR } from "../protocol/constants.ts";
import { isShared, levelsOf } from "./networks.ts";

const MINUTE_MS = 60_000;

/** One thing that is counted. */
export interface Purse {
  /** What one client may spend a minute; a whole minute's worth can be saved up. */
  readonly perMinute: number;
  /**
   * How much of a minute's worth a client may owe: 0 forgets what is spent beyond the budget, 1 makes the client wait for
   * a minute more at most.
   */
  readonly debt: number;
}

/** When the record was brought up to date, then what is spent of each purse and has not been regained since. */
type Spent = number[];

/**
 * So much a minute for each client network, and a few times as much for each wider network around it. Whoever owns a
 * wide network has as many addresses as they like; they get the wide network's budget, not one for each address.
 *
 * Memory: a network has a record only once it has spent something, and one record counts all purses. Three levels of
 * `NETWORKS_COUNTED` records of at most 400 bytes each (the network's name, a few numbers, a place in a map): 2.4 MB.
 */
export class NetworkBudgets<Name extends string> {
  readonly #names: readonly Name[];
  readonly #purses: Readonly<Record<Name, Purse>>;
  /**
   * One map a level, narrowest first; in each the network that was asked about last comes last. A level of its own: very
   * many narrow networks must not push out the count of the wide one that they belong to.
   */
  readonly #levels: Map<string, Spent>[] = [];

  constructor(purses: Readonly<Record<Name, Purse>>) {
    this.#purses = purses;
    this.#names = Object.keys(purses) as Name[];
  }

  /** Networks that have a record. */
  get size(): number {
    return this.#levels.reduce((sum, { size }) => sum + size, 0);
  }

  /** What the client may still spend: the least that any of its networks has left. Never below 0. */
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

  /** Takes one from every network of the client, or from none. */
  take(name: Name, client: string, now: number): boolean {
    if (!this.has(name, client, now)) return false;
    this.spend(name, client, now);
    return true;
  }

  /** Takes one from every network of the client, even if that leaves a debt, up to what the purse allows. */
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

  /** The record as of now, if there is one; it becomes the last to be forgotten. */
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

/** Addresses that very many people share have one level only, and on it what the second level has. */
function factorOf(network: string, level: number): number {
  return isShared(network) ? WIDER_NETWORK_FACTOR : WIDER_NETWORK_FACTOR ** level;
}
