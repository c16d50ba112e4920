import { Cache } from "./cache.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Duration, parseDuration } from "./duration.ts";
import type { CacheEvent, Reporter } from "./events.ts";
import { type Fence, FenceWitness } from "./fence.ts";
import { type KvNamespaceLike, kvStore } from "./kv-store.ts";
import {
  DEFAULT_FRESHNESS_MS,
  MAX_VALUE_LENGTH,
  MEMORY_MAX_BYTES,
  MEMORY_MAX_ENTRIES,
  MEMORY_TTL_MS,
} from "./limits.ts";
import { jsonCodec } from "./load.ts";
import type { Epoch } from "./local-fence.ts";
import type { KindOptions } from "./policy.ts";
import type { Codec, ExecutionContextLike, Store } from "./ports.ts";
import { anchorOf, Isolate } from "./scope.ts";
import { Stamps } from "./stamps.ts";
import { Tally } from "./statistics.ts";
import { StoreTier } from "./store-tier.ts";
import { nobodyElse, type Witness } from "./witness.ts";

/** Options of a cache; those of entries are defaults for every key. */
export interface CacheOptions extends KindOptions {
  /** Workers KV as the second tier. */
  readonly kv?: KvNamespaceLike;
  /** Any other store as the second tier; keep the object, since memory is shared by its identity. */
  readonly store?: Store;
  /**
   * What lets refreshes and writes outlive the response: the `ctx` of the request. Without it a leader that is
   * cancelled takes its load along, and callers wait for the store to be written.
   */
  readonly ctx?: ExecutionContextLike;
  /** First part of all keys in the store; caches of different names do not see each other. Default `"tidemark"`. */
  readonly name?: string;
  /**
   * With a keeper: invalidation exact within `freshness`, in every isolate. Without one, what `delete` and its like
   * tell other isolates is bounded by what the store promises.
   */
  readonly fence?: Fence;
  /** How old the proof of an answer may be, with a keeper. Default `"10s"`; `"0s"` asks it for every read. */
  readonly freshness?: Duration;
  /** Bounds of the memory tier, which the first cache over a store sets for its isolate; `false`: no memory tier. */
  readonly memory?: MemoryOptions | false;
  /** Options by the first level of the key: `user` for `user:1:profile`. */
  readonly kinds?: Readonly<Record<string, KindOptions>>;
  /** Hears everything that happens. It should not throw; if it does, nobody hears of that. */
  readonly onEvent?: Reporter;
  /** Default 1 MiB (1,048,576), in characters of encoded text: longer values are not stored. */
  readonly maxValueLength?: number;
  readonly codec?: Codec;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests: the jitter's randomness, 0 to 1. */
  readonly random?: () => number;
}

export interface MemoryOptions {
  /** Default 16 MiB, counted as text. */
  readonly maxBytes?: number;
  /** Default 10,000. */
  readonly maxEntries?: number;
  /** How long memory is believed without asking the store; without a store that is for ever. Default `"10s"`. */
  readonly ttl?: Duration;
}

/**
 * A cache of two tiers, this isolate's memory and a store. With neither `kv` nor `store` it has memory only, its own.
 *
 * @throws RangeError when an option is no duration
 */
export function createCache(options: CacheOptions = {}): Cache {
  const { ctx, onEvent } = options;
  const isolate = isolateFor(options);
  return new Cache({
    isolate,
    path: "",
    anchor: anchorOf(ctx),
    anchored: ctx !== undefined,
    heard: onEvent !== undefined,
    report: (event: CacheEvent) => {
      isolate.tally.count(event);
      try {
        onEvent?.(event);
      } catch {
        // A reporter that fails must not fail a read.
      }
    },
    defaults: options,
    kinds: new Map(Object.entries(options.kinds ?? {})),
    codec: options.codec ?? jsonCodec,
    maxValueLength: options.maxValueLength ?? MAX_VALUE_LENGTH,
    random: options.random ?? Math.random,
  });
}

/**
 * What is shared, by the identity of the binding or store: two caches share memory only if they share what is behind
 * it. A name alone would let one tenant's binding answer for another's.
 */
const isolates = new WeakMap<object, WeakMap<object, Map<string, Isolate>>>();

/** Stands for the fence of caches without one. */
const NO_FENCE = {};

function isolateFor(options: CacheOptions): Isolate {
  const { name = DEFAULT_NAME } = options;
  const identity = options.store ?? options.kv;
  if (identity === undefined) return openIsolate(options, undefined, name);
  // Nor does what is proven by one keeper answer for what another knows, or nobody, or for another bound.
  const { fence = NO_FENCE } = options;
  let fenced = isolates.get(identity);
  if (fenced === undefined) {
    fenced = new WeakMap();
    isolates.set(identity, fenced);
  }
  let named = fenced.get(fence);
  if (named === undefined) {
    named = new Map();
    fenced.set(fence, named);
  }
  const kind = `${name} ${options.fence === undefined ? "" : (options.freshness ?? DEFAULT_FRESHNESS_MS)}`;
  let isolate = named.get(kind);
  if (isolate === undefined) {
    const store = options.store ?? (options.kv === undefined ? undefined : kvStore(options.kv));
    isolate = openIsolate(options, store, name);
    named.set(kind, isolate);
  }
  return isolate;
}

const DEFAULT_NAME = "tidemark";

function openIsolate(options: CacheOptions, store: Store | undefined, name: string): Isolate {
  const { fence } = options;
  const clock = options.clock ?? fence?.clock ?? systemClock;
  const memory = options.memory === false ? { maxEntries: 0 } : (options.memory ?? {});
  const epoch = { value: 0 };
  const tier = store === undefined ? undefined : new StoreTier(store, name, clock);
  const limits = {
    maxBytes: memory.maxBytes ?? MEMORY_MAX_BYTES,
    maxEntries: memory.maxEntries ?? MEMORY_MAX_ENTRIES,
  };
  const ttl = options.memory === false ? undefined : options.memory?.ttl;
  // With a fence, or without a store, nothing is learned by asking the store again.
  const memoryTtlMs =
    tier === undefined || fence !== undefined
      ? Number.POSITIVE_INFINITY
      : ttl === undefined
        ? MEMORY_TTL_MS
        : parseDuration(ttl);
  const witness = witnessOf(options, tier, clock, epoch);
  return new Isolate(clock, epoch, new Tally(clock), limits, memoryTtlMs, tier, witness);
}

function witnessOf(options: CacheOptions, store: StoreTier | undefined, clock: Clock, epoch: Epoch): Witness {
  const { fence, freshness } = options;
  if (fence !== undefined) {
    const freshnessMs = freshness === undefined ? DEFAULT_FRESHNESS_MS : parseDuration(freshness);
    return new FenceWitness(fence, freshnessMs, epoch);
  }
  return store === undefined ? nobodyElse : new Stamps(store, clock, epoch);
}
