import type { Isolate } from "./context/isolate.ts";
import { CoreCache } from "./core-cache.ts";
import { keyAlone } from "./entry/names.ts";
import { nobodyElse } from "./invalidation/invalidation-source.ts";
import { type CommonOptions, type Kind, openIsolate, scopeOver } from "./setup.ts";
import type { StoreTier } from "./tiers/store-tier.ts";

/** Options of a cache of `tidemark/core`; those of entries are defaults for every key. */
export interface CoreOptions extends CommonOptions {
  /** The second tier: `kvTier(env.KV)` or `storeTier(store)`. */
  readonly tier?: StoreTier;
}

/**
 * The same as `createCache` of `tidemark`, at half of its size, without what forgets or reads many keys at once. Without
 * a `tier` it has memory only, its own. Over the same store, the core and the full cache do not use each other's
 * entries: give them different names.
 *
 * @throws RangeError when an option is no duration
 */
export function createCache(options: CoreOptions = {}): CoreCache {
  return new CoreCache(scopeOver(isolateFor(options), options));
}

/** What is shared, by the identity of the tier. */
const isolates = new WeakMap<StoreTier, Isolate>();

/** Of other isolates it learns through the store alone: that a key is gone, or another value there. */
const CORE: Kind = { witness: () => nobodyElse, namesOf: keyAlone };

function isolateFor(options: CoreOptions): Isolate {
  const { tier } = options;
  const isolate = (tier && isolates.get(tier)) ?? openIsolate(options, tier, CORE);
  if (tier !== undefined) isolates.set(tier, isolate);
  return isolate;
}
