import type { CacheContext } from "../context/context.ts";
import type { Invalidated } from "../entry/events.ts";
import { qualify } from "../entry/keys.ts";
import { keyName, type Name } from "../entry/names.ts";

/**
 * Invalidates names: at once in this isolate, including loads under way; then where other isolates see it.
 *
 * @param what the same in the caller's words
 * @param keys qualified keys to remove from the store, unless the invalidation source covers keys
 * @throws CacheError `invalidation-failed` when others could not be told; this isolate has forgotten them even so
 */
export async function invalidate(
  context: CacheContext,
  what: Invalidated,
  names: readonly Name[],
  keys: readonly string[] = [],
): Promise<void> {
  forgetHere(context, what, names, keys);
  const { invalidations } = context.isolate;
  const telling = invalidations.invalidate(names, context);
  context.anchor(telling);
  // Not `Promise.all`: if one fails, the caller must still wait for the other.
  const ends = await Promise.allSettled([telling, invalidations.coversKeys || remove(context, keys)]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Invalidates names and keys in this isolate alone. Never fails. */
export function forgetHere(
  context: CacheContext,
  what: Invalidated,
  names: readonly Name[],
  keys: readonly string[],
): void {
  const { fence, memory, clock } = context.isolate;
  fence.raise(names, clock.now());
  for (const key of keys) memory.delete(key);
  context.report({ type: "invalidate", ...what });
}

export function namesOfKeys(
  context: CacheContext,
  keys: readonly string[],
): { names: Name[]; qualified: string[] } {
  const qualified = keys.map((key) => qualify(context.path, key));
  return { names: qualified.map(keyName), qualified };
}

/** Removes qualified keys from the store, if there is one. @throws CacheError `invalidation-failed` */
export async function remove(context: CacheContext, keys: readonly string[]): Promise<void> {
  await context.isolate.store?.remove(context, keys);
}
