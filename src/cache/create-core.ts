import type { Isolate, StoreTier } from "./context/context.ts";
import { CoreCache } from "./core-cache.ts";
import type { Codec } from "./entry/codec.ts";
import { keyAlone } from "./entry/names.ts";
import { keysOnly } from "./invalidation/invalidation-source.ts";
import type { Format } from "./jsonified.ts";
import { type CommonOptions, contextOver, type Kind, openIsolate } from "./setup.ts";

/** Options of a cache of `tidemark/core`; those of entries are defaults for every key. */
export interface CoreOptions extends CommonOptions {
  /** The second tier: `kvTier(env.KV)` or `storeTier(store)`. Default: none, so each cache has a memory of its own. */
  readonly tier?: StoreTier;
}

/**
 * `createCache` of `tidemark` at half its size, without methods that forget or read many keys at once. Over the same
 * store, the core and the full cache do not use each other's entries: give them different names.
 *
 * @throws CacheError `invalid-option`
 */
export function createCache(options: CoreOptions & { readonly codec: Codec }): CoreCache<"codec">;
export function createCache(options?: CoreOptions): CoreCache;
export function createCache({ tier, ...options }: CoreOptions = {}): CoreCache<Format> {
  return new CoreCache(contextOver(isolateFor(tier, options), options));
}

/** Shared by all caches over a tier. */
const isolates = new WeakMap<StoreTier, Isolate>();

/** It learns of other isolates only from the store: a key is gone, or has another value. */
const CORE: Kind = { invalidations: keysOnly, namesOf: keyAlone };

function isolateFor(tier: StoreTier | undefined, options: CommonOptions): Isolate {
  const isolate = (tier && isolates.get(tier)) ?? openIsolate(options, tier, CORE);
  if (tier !== undefined) isolates.set(tier, isolate);
  return isolate;
}
