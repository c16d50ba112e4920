import type { Scope } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import { prefixName, tagName } from "../entry/names.ts";
import type { LoadOptions } from "../entry/policy.ts";
import { admits, type Call, callFor } from "../read/candidate.ts";
import { forgetHere, invalidate, namesOfKeys, remove } from "./invalidate.ts";
import { store } from "./set.ts";

export interface WriteOptions<T, R = T> extends LoadOptions<T> {
  /** What to cache of what `commit` returned; by default that itself. `undefined`: only invalidate the key. */
  readonly value?: (result: R) => T | undefined;
  /** Only invalidate the key, and let the next reader load it (write-around). Default false. */
  readonly around?: boolean;
  /** What else the write made out of date. */
  readonly invalidates?: {
    readonly keys?: readonly string[];
    readonly tags?: readonly string[];
    readonly prefixes?: readonly string[];
  };
}

/**
 * Writes to the source, then to the cache. What happens to the cache never fails the write.
 *
 * When another write of the same key overlapped in this isolate, nobody knows whose value the source ended up with:
 * then the key is only invalidated.
 */
export async function write<T, R>(
  scope: Scope,
  key: string,
  commit: () => R | Promise<R>,
  options: WriteOptions<T, R>,
): Promise<R> {
  const { fence, clock, witness } = scope.isolate;
  const call = callFor(scope, key, options, () => undefined);
  const own = namesOfKeys(scope, [key]);
  // Raised before as well: of two writes that overlap, the one that ends last notices the other by it.
  fence.raise(own.names, clock.now());
  const before = fence.mark;
  let result: R;
  try {
    result = await commit();
  } catch (error) {
    // It may have been carried out all the same, e.g. when only the answer was lost.
    scope.anchor(invalidate(scope, own.names, own.qualified).catch(() => {}));
    throw error;
  }
  const alone = fence.last(own.names) === before;
  const also = alsoInvalidated(scope, options);
  const names = [...own.names, ...also.names];
  // At once, before anything is awaited: from here on no reader of this isolate gets the old value.
  forgetHere(scope, names, [...own.qualified, ...also.qualified]);
  const work = Promise.all([
    // First, so that a value which carries a tag that is invalidated here is noted as younger than that.
    witness.invalidate(names, scope),
    alone && options.around !== true && !witness.coversKeys && admits(scope, call)
      ? replace(scope, call, () => (options.value === undefined ? result : options.value(result)))
      : remove(scope, own.qualified),
    witness.coversKeys ? undefined : remove(scope, also.qualified),
  ]).catch((error: unknown) => {
    // In this isolate the old value is gone; elsewhere its time to live is the bound.
    scope.report({ type: "store-error", operation: "invalidate", error });
  });
  scope.anchor(work);
  // With a keeper the invalidation is what the caller may rely on; without one, waiting would promise nothing.
  if (witness.coversKeys || !scope.anchored) await work;
  return result;
}

/** A value that cannot be stored must not leave the old one in its place. */
async function replace(scope: Scope, call: Call, current: () => unknown): Promise<void> {
  let stored = false;
  try {
    const value = current();
    if (value !== undefined) stored = await store(scope, call, value);
  } catch (error) {
    // That it cannot be stored was told already.
    if (!(error instanceof CacheError && error.code === "not-serializable"))
      scope.report({ type: "load-error", key: call.key, error });
  }
  if (!stored) await remove(scope, [call.qualified]);
}

function alsoInvalidated(
  scope: Scope,
  options: Pick<WriteOptions<never>, "invalidates">,
): { names: string[]; qualified: string[] } {
  const { keys = [], tags = [], prefixes = [] } = options.invalidates ?? {};
  const exact = namesOfKeys(scope, [...keys, ...prefixes]);
  return {
    names: [
      ...exact.names,
      ...tags.map((tag) => tagName(scope.path, tag)),
      ...prefixes.map((prefix) => prefixName(scope.path, prefix)),
    ],
    qualified: exact.qualified,
  };
}
