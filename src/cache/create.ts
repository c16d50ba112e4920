import { type Duration, parseDuration } from "../runtime/duration.ts";
import { Shared } from "../runtime/per-binding.ts";
import { Cache } from "./cache.ts";
import { DEFAULT_FRESHNESS_MS } from "./entry/limits.ts";
import { namesOf } from "./entry/names.ts";
import type { KindOptions } from "./entry/policy.ts";
import { tag } from "./entry/tags.ts";
import { type Fence, FenceWitness } from "./invalidation/fence.ts";
import { nobodyElse } from "./invalidation/invalidation-source.ts";
import { Stamps } from "./invalidation/tag-versions.ts";
import { type CommonOptions, openIsolate, scopeOver } from "./setup.ts";
import { Tally } from "./statistics.ts";
import { type KvNamespaceLike, kvStore } from "./stores/kv-store.ts";
import type { Store } from "./stores/store.ts";
import { StoreTier } from "./tiers/store-tier.ts";

/** Options of a cache; those of entries are defaults for every key. */
export interface CacheOptions extends Omit<CommonOptions, "kinds">, KindOptions {
  /** Workers KV as the second tier. */
  readonly kv?: KvNamespaceLike;
  /** Any other store as the second tier; keep the object, since memory is shared by its identity. */
  readonly store?: Store;
  /** First part of all keys in the store; caches of different names do not see each other. Default `"tidemark"`. */
  readonly name?: string;
  /**
   * With a keeper: invalidation exact within `freshness`, in every isolate. Without one, what `delete` and its like
   * tell other isolates is bounded by what the store promises.
   */
  readonly fence?: Fence;
  /** How old the proof of an answer may be, with a keeper. Default `"10s"`; `"0s"` asks it for every read. */
  readonly freshness?: Duration;
  /** Options by the first level of the key: `user` for `user:1:profile`. */
  readonly kinds?: Readonly<Record<string, KindOptions>>;
}

/**
 * A cache of two tiers, this isolate's memory and a store. With neither `kv` nor `store` it has memory only, its own.
 *
 * @throws RangeError when an option is no duration
 */
export function createCache(options: CacheOptions = {}): Cache {
  const tally = tallyFor(options);
  return new Cache(
    scopeOver(tally.isolate, options, (event) => tally.count(event)),
    tally,
  );
}

/** Nor does what is proven by one keeper answer for what another knows, or nobody, or for another bound. */
const fenced = new WeakMap<object, Shared<Tally>>();

/** Stands for the fence of caches without one. */
const NO_FENCE = {};

function tallyFor(options: CacheOptions): Tally {
  const identity = options.store ?? options.kv;
  if (identity === undefined) return open(options);
  const { fence = NO_FENCE, name = DEFAULT_NAME, freshness = "" } = options;
  let shared = fenced.get(fence);
  if (shared === undefined) {
    shared = new Shared();
    fenced.set(fence, shared);
  }
  return shared.get(identity, options.fence ? `${name} ${freshness}` : name, () => open(options));
}

function open(options: CacheOptions): Tally {
  const { fence, freshness = DEFAULT_FRESHNESS_MS / 1_000, kv, name = DEFAULT_NAME } = options;
  const port = options.store ?? (kv && kvStore(kv));
  const store = port && new StoreTier(port, name);
  const isolate = openIsolate(options, store, {
    clock: fence?.clock,
    witness: (clock, epoch) => {
      if (fence !== undefined) return new FenceWitness(fence, parseDuration(freshness), epoch);
      return store === undefined ? nobodyElse : new Stamps(store, clock, epoch);
    },
    proven: fence !== undefined,
    namesOf,
    tag,
  });
  return new Tally(isolate);
}

const DEFAULT_NAME = "tidemark";
