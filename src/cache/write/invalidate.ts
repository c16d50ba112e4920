import type { Scope } from "../context/context.ts";
import { qualify } from "../entry/keys.ts";
import { keyName, type Name } from "../entry/names.ts";

/**
 * Invalidates names: at once in this isolate, loads under way included; then where others see it.
 *
 * @param keys qualified keys to remove from the store, where the witness does not cover keys
 * @throws CacheError `invalidation-failed` when others could not be told; this isolate has forgotten nevertheless.
 */
export async function invalidate(
  scope: Scope,
  names: readonly Name[],
  keys: readonly string[] = [],
): Promise<void> {
  forgetHere(scope, names, keys);
  const { witness } = scope.isolate;
  const telling = witness.invalidate(names, scope);
  scope.anchor(telling);
  // Settled, not all: one failing must not leave the other unfinished behind the caller's back.
  const ends = await Promise.allSettled([telling, witness.coversKeys || remove(scope, keys)]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** The part that needs nobody else, and cannot fail. */
export function forgetHere(scope: Scope, names: readonly Name[], keys: readonly string[]): void {
  const { fence, memory, clock } = scope.isolate;
  fence.raise(names, clock.now());
  for (const key of keys) memory.delete(key);
  scope.report({ type: "invalidate", names });
}

export function namesOfKeys(scope: Scope, keys: readonly string[]): { names: Name[]; qualified: string[] } {
  const qualified = keys.map((key) => qualify(scope.path, key));
  return { names: qualified.map(keyName), qualified };
}

/** Removes qualified keys from the store, if there is one. @throws CacheError `invalidation-failed` */
export async function remove(scope: Scope, keys: readonly string[]): Promise<void> {
  await scope.isolate.store?.remove(scope, keys);
}
