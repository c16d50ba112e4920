/**
 * A second tier that all isolates share: three methods, and two optional ones that save operations. Any key-value store
 * will do, eventually consistent or not. Any method may reject: reads then do without the store, and invalidations fail
 * with `invalidation-failed`. Run `tidemark/test-suite` against your own adapter.
 */
export interface Store {
  /** The text under `key`, or `undefined`/`null` when there is none (or it has expired). */
  get(key: string): Promise<string | null | undefined>;
  /** Stores text that may be dropped after `expiresInSeconds`. A store with a minimum may keep it longer. */
  put(key: string, text: string, expiresInSeconds: number): Promise<void>;
  /** Removes a key. Removing one that is absent is no error. */
  delete(key: string): Promise<void>;
  /** Reads up to 100 keys at once. Keys without a value are `null` in the map, or missing. */
  getMany?(keys: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** A page of the keys that start with `prefix`. It is the last if it has no `cursor`. */
  list?(prefix: string, options: ListOptions): Promise<StoreList>;
}

/** Which page of a store's keys to list. */
export interface ListOptions {
  /** At most this many keys, 1 to 1,000. */
  readonly limit: number;
  /** The `cursor` of the page before; `undefined` for the first page. */
  readonly cursor?: string | undefined;
}

/** A page of keys, in the store's order. */
export interface StoreList {
  readonly keys: readonly string[];
  readonly cursor?: string | undefined;
}
