import type { Clock } from "./clock.ts";
import { within } from "./deadline.ts";
import { decodeEntry, type Entry, encodeEntry } from "./entry.ts";
import type { Reporter, StoreOperation } from "./events.ts";
import { lifetimeOf } from "./freshness.ts";
import { storeKey } from "./keys.ts";
import { BULK_KEYS, STORE_REST_MS, STORE_TIMEOUT_MS, WRITE_ATTEMPTS, WRITE_RETRY_MS } from "./limits.ts";
import type { ListOptions, Store, StoreList } from "./ports.ts";

export type Stored = Entry | "absent" | "invalid" | "failed";

/** Areas of a cache's keys in a store that it may share with others. */
const ENTRIES = "e";
const STAMPS = "s";

/** The store, as far as it can be relied on: errors and slowness become answers, never exceptions of a read. */
export class StoreTier {
  readonly #store: Store;
  readonly #name: string;
  readonly #clock: Clock;
  #restingUntil = 0;

  constructor(store: Store, name: string, clock: Clock) {
    this.#store = store;
    this.#name = name;
    this.#clock = clock;
  }

  async get(qualified: string, report: Reporter): Promise<Stored> {
    try {
      const key = storeKey(this.#name, ENTRIES, qualified);
      const plain = typeof key === "string" ? key : await key;
      return opened(await this.#timed(() => this.#store.get(plain)));
    } catch (error) {
      report({ type: "store-error", operation: "get", error });
      return "failed";
    }
  }

  /** Entries by qualified key, in as few operations as the store allows. */
  async getMany(qualified: readonly string[], report: Reporter): Promise<Map<string, Stored>> {
    const result = new Map<string, Stored>();
    await this.#each(qualified, ENTRIES, report, "get", (key, text) => {
      result.set(key, text === FAILED ? "failed" : opened(text));
    });
    return result;
  }

  /**
   * Stores an entry, unless it is no longer wanted by the time that the store takes it.
   *
   * @throws what the store throws, or when it is too slow
   */
  async put(qualified: string, entry: Entry, isWanted: () => boolean): Promise<void> {
    const key = await storeKey(this.#name, ENTRIES, qualified);
    const seconds = Math.ceil(lifetimeOf(entry) / 1_000);
    await this.#write(() => this.#store.put(key, encodeEntry(entry), seconds), isWanted);
  }

  /** @throws what the store throws, or when it is too slow. */
  async delete(qualified: string): Promise<void> {
    const key = await storeKey(this.#name, ENTRIES, qualified);
    await this.#write(() => this.#store.delete(key));
  }

  /** A page of qualified keys that begin with `prefix`; keys that had to be hashed are not listed. */
  async list(prefix: string, options: ListOptions): Promise<StoreList | undefined> {
    if (this.#store.list === undefined) return undefined;
    const area = `${this.#name}:${ENTRIES}:`;
    const page = await this.#store.list(area + prefix, options);
    return { keys: page.keys.map((key) => key.slice(area.length)), cursor: page.cursor };
  }

  /** Stamps by name; those that could not be read are missing. */
  async getStamps(names: readonly string[], report: Reporter): Promise<Map<string, number>> {
    const result = new Map<string, number>();
    await this.#each(names, STAMPS, report, "get", (name, text) => {
      if (text !== FAILED) result.set(name, Number(text ?? 0) || 0);
    });
    return result;
  }

  /** @throws what the store throws, or when it is too slow. */
  async putStamp(name: string, stamp: number, expiresInSeconds: number): Promise<void> {
    const key = await storeKey(this.#name, STAMPS, name);
    await this.#timed(() => this.#store.put(key, String(stamp), expiresInSeconds));
  }

  async #each(
    items: readonly string[],
    area: string,
    report: Reporter,
    operation: StoreOperation,
    take: (item: string, text: string | null | undefined | typeof FAILED) => void,
  ): Promise<void> {
    const store = this.#store;
    const size = store.getMany === undefined ? 1 : BULK_KEYS;
    const chunks: Promise<void>[] = [];
    for (let start = 0; start < items.length; start += size) {
      chunks.push(this.#chunk(items.slice(start, start + size), area, report, operation, take));
    }
    await Promise.all(chunks);
  }

  async #chunk(
    items: readonly string[],
    area: string,
    report: Reporter,
    operation: StoreOperation,
    take: (item: string, text: string | null | undefined | typeof FAILED) => void,
  ): Promise<void> {
    const [only] = items;
    try {
      const keys = await Promise.all(items.map((item) => storeKey(this.#name, area, item)));
      const [first] = keys;
      if (items.length === 1 && only !== undefined && first !== undefined) {
        take(only, await this.#timed(() => this.#store.get(first)));
        return;
      }
      const found = await this.#timed(async () => this.#store.getMany?.(keys));
      for (const [index, item] of items.entries()) take(item, found?.get(keys[index] ?? ""));
    } catch (error) {
      report({ type: "store-error", operation, error });
      for (const item of items) take(item, FAILED);
    }
  }

  /** KV refuses the second write of a key within a second: then once more, a second later. */
  async #write(operation: () => Promise<void>, isWanted: () => boolean = () => true): Promise<void> {
    for (let attempt = 1; isWanted(); attempt++) {
      try {
        await this.#timed(operation);
        return;
      } catch (error) {
        if (attempt === WRITE_ATTEMPTS || !/\b429\b/.test(String(error))) throw error;
        await this.#clock.sleep(WRITE_RETRY_MS);
      }
    }
  }

  #timed<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#clock.now() < this.#restingUntil) {
      return Promise.reject(new Error("the store timed out a moment ago; not asked"));
    }
    return within(this.#clock, STORE_TIMEOUT_MS, operation(), () => {
      this.#restingUntil = this.#clock.now() + STORE_REST_MS;
      throw new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`);
    });
  }
}

const FAILED: unique symbol = Symbol("failed");

function opened(text: string | null | undefined): Stored {
  if (text === null || text === undefined) return "absent";
  return decodeEntry(text) ?? "invalid";
}
