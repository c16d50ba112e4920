import { BULK_KEYS } from "../entry/limits.ts";
import type { Store } from "./store.ts";

/** The part of Workers' `KVNamespace` that is used; the binding itself fits. */
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

/** KV drops nothing sooner: https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys */
export const KV_MIN_TTL_SECONDS = 60;

/**
 * How long a data centre serves what it last read of a key, `no such key` included. The minimum since 2026-01-30: a
 * change elsewhere should arrive as soon as KV can bring it.
 */
const CACHE_TTL_SECONDS = 30;

/** How Workers KV is read. */
export interface KvStoreOptions {
  /** Seconds, at least 30. Longer makes cold reads rarer and changes made elsewhere later. */
  readonly cacheTtl?: number;
}

/** Workers KV as a store. */
export function kvStore(kv: KvNamespaceLike, options: KvStoreOptions = {}): Store {
  return {
    ...oneByOne(kv, options),
    getMany: (keys) => kv.get(keys.slice(0, BULK_KEYS), reading(options)),
    async list(prefix, { limit, cursor }) {
      const page = await kv.list({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) });
      // A page may be empty and yet not the last.
      return {
        keys: page.keys.map(({ name }) => name),
        cursor: page.list_complete ? undefined : page.cursor,
      };
    },
  };
}

/** Workers KV without bulk reads and lists: all that the core needs. */
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
