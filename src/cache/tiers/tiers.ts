import { Shared } from "../../runtime/per-binding.ts";
import { type KvNamespaceLike, oneByOne } from "../stores/kv-store.ts";
import type { Store } from "../stores/store.ts";
import { StoreTier } from "./store-tier.ts";

const tiers = new Shared<StoreTier>();

/**
 * Workers KV as the second tier of a core cache. Cheap to call for every request: for the same binding and name it is
 * the same tier, and the isolate's memory is shared by that.
 *
 * @param name first part of all keys in the store; caches of different names do not see each other
 */
export function kvTier(kv: KvNamespaceLike, name = "tidemark"): StoreTier {
  return tiers.get(kv, name, () => new StoreTier(oneByOne(kv), name));
}

/** Any other store; keep the object, since memory is shared by its identity. */
export function storeTier(store: Store, name = "tidemark"): StoreTier {
  return tiers.get(store, name, () => new StoreTier(store, name));
}
