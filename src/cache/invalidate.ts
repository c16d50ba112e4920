import { CacheError } from "./errors.ts";
import { qualify } from "./keys.ts";
import { keyName, type Name } from "./names.ts";
import type { Scope } from "./scope.ts";

/** How many deletions are under way at a time; a Worker may await the headers of six connections. */
const CONCURRENCY = 6;

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
  const [told, removed] = await Promise.allSettled([
    telling,
    witness.coversKeys ? undefined : remove(scope, keys),
  ]);
  if (told.status === "rejected") throw told.reason;
  if (removed.status === "rejected") throw removed.reason;
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

/** Removes qualified keys from the store. @throws CacheError `invalidation-failed` */
export async function remove(scope: Scope, keys: readonly string[]): Promise<void> {
  const { store } = scope.isolate;
  if (store === undefined) return;
  const errors: unknown[] = [];
  const queue = keys.values();
  const work = async () => {
    for (const key of queue) {
      await store.delete(key).catch((error: unknown) => {
        scope.report({ type: "store-error", operation: "delete", error });
        errors.push(error);
      });
    }
  };
  const removing = Promise.all(Array.from({ length: Math.min(CONCURRENCY, keys.length) }, work));
  scope.anchor(removing);
  await removing;
  if (errors.length > 0) {
    throw new CacheError(
      "invalidation-failed",
      `${errors.length} of ${keys.length} keys could not be deleted`,
      {
        cause: errors[0],
      },
    );
  }
}
