import { cachified } from "@epic-web/cachified";
import { createCache as createUnkeyCache, DefaultStatefulContext, Namespace } from "@unkey/cache";
import { MemoryStore } from "@unkey/cache/stores";
import { createCache as createDedupeCache } from "async-cache-dedupe";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { Cacheable } from "cacheable";
import { createMemoryStorage, defineCachedFunction } from "ocache";
import { createCache } from "../../../src/cache/tidemark.ts";

export interface Article {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
}

export type LoadArticle = (key: string) => Promise<Article>;

/** Each peer as its documentation sets it up, in the fastest of the ways it offers. */
export interface Peer {
  readonly name: string;
  /** Caches in memory; `read` is its cache-aside call. */
  readonly inMemory: (load: LoadArticle) => (key: string) => Promise<unknown>;
  /** Without a first tier, over a store that keeps text; missing if the peer has none. */
  readonly overStore?: (load: LoadArticle, store: TextStore) => (key: string) => Promise<unknown>;
  /** Many keys at once, if the peer has a call for it; else the bench calls `inMemory` for each. */
  readonly many?: (load: LoadArticle) => (keys: readonly string[]) => Promise<unknown>;
}

export interface TextStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
}

const MINUTES_MS = 600_000;
const ENTRIES = 10_000;

export const tidemark: Peer = {
  name: "tidemark",
  inMemory: (load) => {
    const cache = createCache({ ttl: "10m", memory: { maxEntries: ENTRIES } });
    return (key) => cache.getOrSet(key, () => load(key));
  },
  overStore: (load, store) => {
    const cache = createCache({
      ttl: "10m",
      memory: false,
      store: {
        get: (key) => store.get(key),
        put: (key, text) => store.set(key, text),
        delete: async () => {},
      },
    });
    return (key) => cache.getOrSet(key, () => load(key));
  },
  many: (load) => {
    const cache = createCache({ ttl: "10m" });
    return (keys) =>
      cache.getMany(keys, async (missing) => {
        const articles = await Promise.all(missing.map(load));
        return new Map(missing.map((key, index) => [key, articles[index] as Article]));
      });
  },
};

export const PEERS: readonly Peer[] = [
  {
    name: "bentocache",
    inMemory: (load) => {
      const driver = memoryDriver({ maxItems: ENTRIES, serialize: false });
      const bento = new BentoCache({
        default: "cache",
        ttl: MINUTES_MS,
        stores: { cache: bentostore().useL1Layer(driver) },
      });
      return (key) => bento.getOrSet({ key, factory: () => load(key) });
    },
  },
  {
    name: "@epic-web/cachified",
    inMemory: (load) => {
      // A Map, which never forgets, is faster than the bounded caches its documentation suggests.
      const cache = new Map();
      return (key) => cachified({ key, cache, ttl: MINUTES_MS, getFreshValue: () => load(key) });
    },
    overStore: (load, store) => {
      const cache = {
        get: async (key: string) => {
          const text = await store.get(key);
          return text === undefined ? undefined : JSON.parse(text);
        },
        set: (key: string, entry: unknown) => store.set(key, JSON.stringify(entry)),
        delete: () => {},
      };
      return (key) => cachified({ key, cache, ttl: MINUTES_MS, getFreshValue: () => load(key) });
    },
  },
  {
    name: "ocache",
    inMemory: (load) => {
      const storage = createMemoryStorage({ maxSize: ENTRIES });
      return defineCachedFunction(load, { maxAge: 600, name: "article", getKey: (key) => key, storage });
    },
    overStore: (load, store) => {
      const storage = {
        get: async <T>(key: string) => {
          const text = await store.get(key);
          return text === undefined ? null : (JSON.parse(text) as T);
        },
        set: (key: string, value: unknown) => store.set(key, JSON.stringify(value)),
      };
      return defineCachedFunction(load, { maxAge: 600, name: "article", getKey: (key) => key, storage });
    },
  },
  {
    name: "cacheable",
    inMemory: (load) => {
      const cache = new Cacheable({ ttl: MINUTES_MS });
      return (key) => cache.getOrSet(key, () => load(key));
    },
    many: (load) => {
      const cache = new Cacheable({ ttl: MINUTES_MS });
      return async (keys) => {
        const found = await cache.getMany<Article>([...keys]);
        const missing = keys.filter((_, index) => found[index] === undefined);
        if (missing.length === 0) return found;
        const articles = await Promise.all(missing.map(load));
        await cache.setMany(missing.map((key, index) => ({ key, value: articles[index] })));
        return articles;
      };
    },
  },
  {
    name: "@unkey/cache",
    inMemory: (load) => {
      const context = new DefaultStatefulContext();
      const store = new MemoryStore<string, Article>({ persistentMap: new Map() });
      const fresh = { stores: [store], fresh: MINUTES_MS, stale: 2 * MINUTES_MS };
      const cache = createUnkeyCache({ article: new Namespace<Article>(context, fresh) });
      return (key) => cache.article.swr(key, load);
    },
  },
  {
    name: "async-cache-dedupe",
    inMemory: (load) => {
      const cache = createDedupeCache({ ttl: 600, storage: { type: "memory", options: { size: ENTRIES } } });
      const defined = cache.define("article", load);
      return (key) => defined.article(key);
    },
  },
];
