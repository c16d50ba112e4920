import { PerBinding } from "../runtime/per-binding.ts";
import type { StoreTier } from "./context/context.ts";
import { mustExist } from "./entry/options.ts";
import { EntryStore } from "./read/entry-store.ts";
import { type KvNamespaceLike, oneByOne } from "./stores/kv-store.ts";
import type { Store } from "./stores/store.ts";

const tiers = new PerBinding<StoreTier>();

/**
 * Workers KV as the second tier of a core cache. You can call it for every request: for the same binding and name it
 * returns the same tier, over which all caches share their isolate's memory.
 *
 * @param name the first part of all keys in the store; caches of different names do not see each other's entries.
 * Default `"tidemark"`
 * @throws CacheError `invalid-option` when there is no such binding
 */
export function kvTier(kv: KvNamespaceLike, name = "tidemark"): StoreTier {
  mustExist({ kv }, "kv");
  return tiers.get(kv, name, () => new EntryStore(oneByOne(kv), name));
}

/** Any other store as the second tier. Keep the `store` object: memory is shared by its identity. @param name as above */
export function storeTier(store: Store, name = "tidemark"): StoreTier {
  return tiers.get(store, name, () => new EntryStore(store, name));
}
