import type { Duration } from "../runtime/duration.ts";
import { PerBinding } from "../runtime/per-binding.ts";
import { Cache } from "./cache.ts";
import type { Codec } from "./entry/codec.ts";
import { DEFAULT_FRESHNESS_SECONDS } from "./entry/limits.ts";
import { namesOf } from "./entry/names.ts";
import { milliseconds, mustExist } from "./entry/options.ts";
import type { KindOptions } from "./entry/policy.ts";
import { type Fence, FenceSource } from "./invalidation/fence.ts";
import { keysOnly } from "./invalidation/invalidation-source.ts";
import { TagVersions } from "./invalidation/tag-versions.ts";
import type { Format } from "./jsonified.ts";
import { EntryStore } from "./read/entry-store.ts";
import { tag } from "./read/tags.ts";
import { type CommonOptions, contextOver, openIsolate } from "./setup.ts";
import { Tally } from "./statistics.ts";
import { type KvNamespaceLike, kvStore } from "./stores/kv-store.ts";
import type { Store } from "./stores/store.ts";

/** Options of a cache. Options of entries are the defaults for all its keys. */
export interface CacheOptions extends Omit<CommonOptions, "kinds">, KindOptions {
  /** Workers KV as the second tier. */
  readonly kv?: KvNamespaceLike;
  /** Any other store as the second tier. Keep the object: memory is shared by its identity. It wins over `kv`. */
  readonly store?: Store;
  /** The first part of all keys in the store. Caches of different names do not see each other. Default `"tidemark"`. */
  readonly name?: string;
  /**
   * A keeper (`keeperFence(env.KEEPER)`), which makes invalidation exact within `freshness` in every isolate. Without
   * one, other isolates learn of an invalidation when the store shows it.
   */
  readonly fence?: Fence;
  /** The bound on the age of an answer's proof, with a keeper. Default `"10s"`. `"0s"` asks the keeper for each read. */
  readonly freshness?: Duration;
  /** Options by the first level of the key: `user` for `user:1:profile`. */
  readonly kinds?: Readonly<Record<string, KindOptions>>;
}

/**
 * A cache of two tiers: this isolate's memory and a store. Without `kv` and `store`, it has only a memory of its own.
 *
 * @throws CacheError `invalid-option`
 */
export function createCache(options: CacheOptions & { readonly codec: Codec }): Cache<"codec">;
export function createCache(options?: CacheOptions): Cache;
export function createCache(options: CacheOptions = {}): Cache<Format> {
  const { kv: _kv, store: _store, name: _name, fence: _fence, freshness: _freshness, ...common } = options;
  const tally = tallyFor(options);
  return new Cache(
    contextOver(tally.isolate, common, (event) => tally.count(event)),
    tally,
  );
}

/** By fence, then by store and name: what one keeper has proven says nothing about another, or about another bound. */
const fenced = new WeakMap<object, PerBinding<Tally>>();

/** Stands for the fence of caches without one. */
const NO_FENCE = {};

function tallyFor(options: CacheOptions): Tally {
  for (const name of ["kv", "store", "fence"]) mustExist(options, name);
  const binding = options.store ?? options.kv;
  if (binding === undefined) return open(options);
  const { fence = NO_FENCE, name = DEFAULT_NAME, freshness = "" } = options;
  let shared = fenced.get(fence);
  if (shared === undefined) {
    shared = new PerBinding();
    fenced.set(fence, shared);
  }
  return shared.get(binding, options.fence ? `${name} ${freshness}` : name, () => open(options));
}

function open(options: CacheOptions): Tally {
  const { fence, freshness = DEFAULT_FRESHNESS_SECONDS, kv, name = DEFAULT_NAME } = options;
  const port = options.store ?? (kv && kvStore(kv));
  const store = port && new EntryStore(port, name);
  const isolate = openIsolate(options, store, {
    clock: fence?.clock,
    invalidations: (local, clock) => {
      if (fence !== undefined) return new FenceSource(fence, milliseconds("freshness", freshness), local);
      return store === undefined ? keysOnly(local) : new TagVersions(store, clock, local);
    },
    proven: fence !== undefined,
    namesOf,
    tag,
  });
  return new Tally(isolate);
}

const DEFAULT_NAME = "tidemark";
