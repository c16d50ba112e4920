import { cachified } from "@epic-web/cachified";
import { createCache, DefaultStatefulContext, Namespace } from "@unkey/cache";
import { type Entry, MemoryStore, type Store } from "@unkey/cache/stores";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { composeStorage, createMemoryStorage, defineCachedFunction } from "ocache";
import { KvDriver } from "./bento-kv-driver.ts";
import { type LibraryParts, libraryPolicy, TTL_MS } from "./library.ts";
import type { Policy } from "./policy.ts";

/** As in the README's example: fresh for a minute, stale for five. */
const UNKEY_STALE_MS = 300_000;
const ENTRIES = 10_000;

/**
 * Memory, then a store of ours over KV: its own `CloudflareStore` is the Cache API, local to a data centre. (It means
 * to copy what it finds in KV to memory, but 1.5.0 never calls the functions that it creates for that, which explains
 * its KV reads.)
 */
const unkey = libraryPolicy("@unkey/cache", UNKEY_STALE_MS, (parts) => {
  const context = new DefaultStatefulContext();
  const memory = new MemoryStore<string, string>({ persistentMap: new Map() });
  const options = { stores: [memory, unkeyKv(parts)], fresh: TTL_MS, stale: UNKEY_STALE_MS };
  const cache = createCache({ answer: new Namespace<string>(context, options) });
  return async (key) => {
    const { val } = await cache.answer.swr(key, parts.load);
    return val ?? parts.load(key);
  };
});

function unkeyKv({ get, put }: LibraryParts): Store<string, string> {
  return {
    name: "kv",
    async get(_namespace, key) {
      const text = await get(key);
      return { val: text === null ? undefined : (JSON.parse(text) as Entry<string>) };
    },
    async set(_namespace, key, entry) {
      await put(key, JSON.stringify(entry), entry.staleUntil - Date.now());
      return { val: undefined };
    },
    remove: async () => ({ val: undefined }),
  };
}

/** Memory as first layer, KV as second. Its bus, which would tell other isolates, needs Redis. */
const bentocache = libraryPolicy("bentocache", TTL_MS, (parts) => {
  const second = { options: {}, factory: () => new KvDriver(parts) };
  const bento = new BentoCache({
    default: "cache",
    ttl: TTL_MS,
    stores: {
      cache: bentostore()
        .useL1Layer(memoryDriver({ maxItems: ENTRIES }))
        .useL2Layer(second),
    },
  });
  return (key) => bento.getOrSet({ key, factory: () => parts.load(key) });
});

/** By default it serves stale answers of any age and revalidates. */
const ocache = libraryPolicy("ocache", null, ({ get, put, load }) => {
  const memory = createMemoryStorage({ maxSize: ENTRIES });
  const kv = {
    get: async <T>(key: string) => JSON.parse((await get(key)) ?? "null") as T | null,
    set: (key: string, value: unknown, options?: { ttl?: number }) =>
      put(key, JSON.stringify(value), (options?.ttl ?? TTL_MS / 1_000) * 1_000),
  };
  const storage = composeStorage([{ storage: memory, ttl: TTL_MS / 1_000 }, kv]);
  return defineCachedFunction(load, {
    maxAge: TTL_MS / 1_000,
    name: "answer",
    getKey: (key: string) => key,
    storage,
  });
});

/** One store: memory, the first in its documentation. */
const cachifiedPolicy = libraryPolicy("cachified", TTL_MS, ({ load, waitUntil }) => {
  const cache = new Map();
  return (key) => cachified({ key, cache, ttl: TTL_MS, getFreshValue: () => load(key), waitUntil });
});

export const LIBRARIES: readonly Policy[] = [unkey, bentocache, ocache, cachifiedPolicy];
