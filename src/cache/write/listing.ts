import type { CacheContext } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import { qualify } from "../entry/keys.ts";
import { OPERATION_BUDGET } from "../entry/limits.ts";
import { keyName } from "../entry/names.ts";
import { mustBeNone } from "../entry/options.ts";
import { ENTRIES } from "../stores/named-store.ts";
import { invalidate } from "./invalidate.ts";

/** Which keys to list or erase, a page at a time. */
export interface ListKeysOptions {
  /** Only keys that begin with this text, at a level's end or not. Default: all keys of the namespace. */
  readonly prefix?: string;
  /** At most this many keys, 1 to 1,000. Default 1,000 (`erase`: 900, its most). */
  readonly limit?: number;
  /** The `cursor` of the page before; `undefined` for the first page. */
  readonly cursor?: string | undefined;
}

/** One page of keys, in the store's order. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** Missing on the last page. A page may be empty without being the last. */
  readonly cursor?: string;
}

/** What one call of `erase` removed. */
export interface ErasePage {
  /** The number of keys that were removed. */
  readonly erased: number;
  /** Missing when all is done. Otherwise continue from here in another invocation. */
  readonly cursor?: string;
}

/**
 * A page of the store's keys, in its order. Keys that were too long for the store are missing; entries that have been
 * invalidated are not. KV's lists lag behind by up to a minute.
 *
 * @throws CacheError `listing-unsupported`, and what the store throws
 */
export async function listKeys(context: CacheContext, options: ListKeysOptions): Promise<KeyPage> {
  const { prefix = "", limit = 1_000, cursor, ...others } = options;
  mustBeNone(others);
  const start = listPrefix(context.path, prefix);
  const { store } = context.isolate;
  // Hashed keys are in another area.
  const area = `${store?.name}:${ENTRIES}:`;
  const page = await store?.port.list?.(area + start, { limit, cursor });
  if (page === undefined) {
    throw new CacheError("listing-unsupported", "this store has no list method");
  }
  const keys: string[] = [];
  for (const found of page.keys) {
    const own = unqualified(context.path, found.slice(area.length));
    if (own?.startsWith(prefix)) keys.push(own);
  }
  return page.cursor === undefined ? { keys } : { keys, cursor: page.cursor };
}

/**
 * Removes a page of keys from the store itself, within the operations of one invocation: for data that must be erased.
 * To only stop serving keys, use `deletePrefix`, which is one write for any number of keys.
 *
 * @throws CacheError `listing-unsupported`, `invalidation-failed`, and what the store throws
 */
export async function erase(context: CacheContext, options: ListKeysOptions): Promise<ErasePage> {
  const limit = Math.min(options.limit ?? OPERATION_BUDGET, OPERATION_BUDGET);
  const page = await listKeys(context, { ...options, limit });
  const keys = page.keys.map((key) => qualify(context.path, key));
  await invalidate(context, { keys: page.keys }, keys.map(keyName), keys);
  return page.cursor === undefined ? { erased: keys.length } : { erased: keys.length, cursor: page.cursor };
}

/** In the root, keys that look like a namespace begin with ":". Without a prefix, both kinds are listed. */
function listPrefix(path: string, prefix: string): string {
  return prefix === "" ? path : qualify(path, prefix);
}

/** The key without its namespace; `undefined` when it belongs to another one. */
function unqualified(path: string, found: string): string | undefined {
  if (path !== "") return found.startsWith(path) ? found.slice(path.length) : undefined;
  if (found.startsWith("/")) return undefined;
  return found.startsWith(":") ? found.slice(1) : found;
}
