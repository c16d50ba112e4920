import { BULK_KEYS } from "../entry/limits.ts";
import type { Store } from "./store.ts";

/** The part of Workers' `KVNamespace` that the library uses. Pass the binding itself. */
export interface KvNamespaceLike {
  /** The text under a key; null when there is none. */
  get(key: string, options: { type: "text"; cacheTtl: number }): Promise<string | null>;
  /** The texts under up to 100 keys; null for those without one. */
  get(keys: string[], options: { type: "text"; cacheTtl: number }): Promise<Map<string, string | null>>;
  /** Stores text for `expirationTtl` seconds, 60 at least. */
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
  /** Removes a key, which need not be there. */
  delete(key: string): Promise<void>;
  /** A page of keys that begin with `prefix`. */
  list(options: { prefix: string; limit: number; cursor?: string }): Promise<KvPage>;
}

interface KvPage {
  readonly keys: readonly { readonly name: string }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}

/** The shortest life of a value in KV: https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys */
export const KV_MIN_TTL_SECONDS = 60;

/**
 * How long a data centre serves what it last read of a key, including that there is no such key. This is KV's minimum
 * (since 2026-01-30), so that changes made elsewhere arrive as early as possible.
 */
const CACHE_TTL_SECONDS = 30;

/** How Workers KV is read. */
export interface KvStoreOptions {
  /**
   * How long a data centre serves what it last read of a key: seconds, at least 30. Default 30. A longer time makes
   * cold reads rarer, and changes made elsewhere arrive later.
   */
  readonly cacheTtl?: number;
}

/** Workers KV as a store. Values live for at least 60 seconds there. Reads and writes reject as the binding does. */
export function kvStore(kv: KvNamespaceLike, options: KvStoreOptions = {}): Store {
  return {
    ...oneByOne(kv, options),
    getMany: (keys) => kv.get(keys.slice(0, BULK_KEYS), reading(options)),
    async list(prefix, { limit, cursor }) {
      const page = await kv.list({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) });
      // A page may be empty without being the last.
      return {
        keys: page.keys.map(({ name }) => name),
        cursor: page.list_complete ? undefined : page.cursor,
      };
    },
  };
}

/** Workers KV without bulk reads and lists, which the core does not use. */
export function oneByOne(kv: KvNamespaceLike, options: KvStoreOptions = {}): Store {
  const read = reading(options);
  return {
    get: (key) => kv.get(key, read),
    put: (key, text, expiresInSeconds) =>
      kv.put(key, text, { expirationTtl: Math.max(KV_MIN_TTL_SECONDS, Math.ceil(expiresInSeconds)) }),
    delete: (key) => kv.delete(key),
  };
}

function reading({ cacheTtl = CACHE_TTL_SECONDS }: KvStoreOptions): { type: "text"; cacheTtl: number } {
  return { type: "text", cacheTtl };
}
