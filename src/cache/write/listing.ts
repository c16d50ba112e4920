import type { Scope } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import { qualify } from "../entry/keys.ts";
import { OPERATION_BUDGET } from "../entry/limits.ts";
import { keyName } from "../entry/names.ts";
import { ENTRIES } from "../tiers/store-tier.ts";
import { invalidate } from "./invalidate.ts";

/** Which keys to list or erase, a page at a time. */
export interface ListKeysOptions {
  /** Keys that begin so, level or not. Default: all of the namespace. */
  readonly prefix?: string;
  /** At most this many, 1 to 1,000. Default 1,000. */
  readonly limit?: number;
  /** From an earlier page. */
  readonly cursor?: string | undefined;
}

/** One page of keys, in the store's order. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** Missing on the last page. A page may be empty and yet not the last. */
  readonly cursor?: string;
}

/** What one call of `erase` removed. */
export interface ErasePage {
  readonly erased: number;
  /** Missing when all is done; else go on from here, in another invocation. */
  readonly cursor?: string;
}

/**
 * A page of the keys that the store has, in its order. Keys that were too long for the store are not listed, and
 * entries that an invalidation has made worthless are. KV's lists lag behind by up to a minute.
 *
 * @throws CacheError `listing-unsupported`
 */
export async function listKeys(scope: Scope, options: ListKeysOptions): Promise<KeyPage> {
  const start = listPrefix(scope.path, options.prefix ?? "");
  const { limit = 1_000, cursor } = options;
  const { store } = scope.isolate;
  // Keys that had to be hashed are in another area.
  const area = `${store?.name}:${ENTRIES}:`;
  const page = await store?.port.list?.(area + start, { limit, cursor });
  if (page === undefined) {
    throw new CacheError("listing-unsupported", "this store has no list method");
  }
  const keys: string[] = [];
  for (const found of page.keys) {
    const own = unqualified(scope.path, found.slice(area.length));
    if (own?.startsWith(options.prefix ?? "")) keys.push(own);
  }
  return page.cursor === undefined ? { keys } : { keys, cursor: page.cursor };
}

/**
 * Really removes keys from the store, a page at a time and within one invocation's operations: for those who must
 * erase. To only stop serving them, `deletePrefix` costs one write however many there are.
 *
 * @throws CacheError `listing-unsupported`, `invalidation-failed`
 */
export async function erase(scope: Scope, options: ListKeysOptions): Promise<ErasePage> {
  const limit = Math.min(options.limit ?? OPERATION_BUDGET, OPERATION_BUDGET);
  const page = await listKeys(scope, { ...options, limit });
  const keys = page.keys.map((key) => qualify(scope.path, key));
  await invalidate(scope, keys.map(keyName), keys);
  return page.cursor === undefined ? { erased: keys.length } : { erased: keys.length, cursor: page.cursor };
}

/** In the root, keys that are set off from namespaces begin with ":"; listing all means both. */
function listPrefix(path: string, prefix: string): string {
  return prefix === "" ? path : qualify(path, prefix);
}

/** The key as its owner wrote it; `undefined` when it belongs to another namespace. */
function unqualified(path: string, found: string): string | undefined {
  if (path !== "") return found.startsWith(path) ? found.slice(path.length) : undefined;
  if (found.startsWith("/")) return undefined;
  return found.startsWith(":") ? found.slice(1) : found;
}
