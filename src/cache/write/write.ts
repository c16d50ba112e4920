import type { Call } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import type { Invalidated } from "../entry/events.ts";
import { levelOf } from "../entry/keys.ts";
import { prefixName, tagName } from "../entry/names.ts";
import { mustBeList, mustBeNone } from "../entry/options.ts";
import type { LoadOptions } from "../entry/policy.ts";
import { callFor, mayCache } from "../read/call.ts";
import { forgetHere, invalidate, namesOfKeys, remove } from "./invalidate.ts";
import { store } from "./set.ts";

/** Options of `write`. */
export interface WriteOptions<T, R = T> extends Omit<LoadOptions<T>, "reads"> {
  /** Derives the value to cache from what `commit` returned; `undefined`: only invalidate the key. Default: the same. */
  readonly value?: (result: R) => T | undefined;
  /** True: only invalidate the key, and let the next reader load it (write-around). Default false. */
  readonly around?: boolean;
  /** What else the write made out of date. */
  readonly invalidates?: {
    readonly keys?: readonly string[];
    readonly tags?: readonly string[];
    readonly prefixes?: readonly string[];
  };
}

/**
 * Writes to the source, then to the cache. A failure of the cache never fails the write.
 *
 * If another write of the key overlapped in this isolate, it is unknown which value the source ended up with. Then the
 * key is only invalidated.
 *
 * @throws what `commit` throws; before that, CacheError `invalid-option`, `invalid-key`
 */
export async function write<T, R>(
  context: CacheContext,
  key: string,
  commit: () => R | Promise<R>,
  { value, around, invalidates = {}, ...options }: WriteOptions<T, R>,
): Promise<R> {
  const { fence, clock, invalidations } = context.isolate;
  const call = callFor(context, key, options, () => undefined);
  const also = alsoInvalidated(context, invalidates);
  const own = namesOfKeys(context, [key]);
  // Raised before the write as well: of two writes that overlap, the last to end notices the other by this.
  fence.raise(own.names, clock.now());
  const before = fence.mark;
  let result: R;
  try {
    result = await commit();
  } catch (error) {
    // The write may have been carried out, e.g. if only its answer was lost.
    context.anchor(invalidate(context, { keys: [key] }, own.names, own.qualified).catch(() => {}));
    throw error;
  }
  const alone = fence.last(own.names) === before;
  const names = [...own.names, ...also.names];
  // Before the first await: from here on, no reader of this isolate gets the old value.
  forgetHere(context, { ...also.what, keys: [key, ...(also.what.keys ?? [])] }, names, [
    ...own.qualified,
    ...also.qualified,
  ]);
  const work = Promise.all([
    // First, so that a value with a tag that is invalidated here is noted as younger than that.
    invalidations.invalidate(names, context),
    alone && around !== true && !invalidations.coversKeys && mayCache(context, call)
      ? replace(context, call, () => (value === undefined ? result : value(result)))
      : remove(context, own.qualified),
    invalidations.coversKeys ? undefined : remove(context, also.qualified),
  ]).catch((error: unknown) => {
    // In this isolate the old value is gone. Elsewhere, its time to live is the bound.
    context.report({ type: "store-error", operation: "invalidate", error });
  });
  context.anchor(work);
  // With a keeper, callers may rely on the invalidation. Without one, waiting for it would promise nothing.
  if (invalidations.coversKeys || !context.anchored) await work;
  return result;
}

/** If the new value cannot be stored, the old one is removed. */
async function replace(context: CacheContext, call: Call, current: () => unknown): Promise<void> {
  let stored = false;
  try {
    const value = current();
    if (value !== undefined) stored = await store(context, call, value);
  } catch (error) {
    // `not-serializable` was reported already.
    if (!(error instanceof CacheError && error.code === "not-serializable"))
      context.report({ type: "load-error", key: call.key, error });
  }
  if (!stored) await remove(context, [call.qualified]);
}

function alsoInvalidated(
  context: CacheContext,
  invalidates: NonNullable<WriteOptions<never>["invalidates"]>,
): { what: Invalidated; names: string[]; qualified: string[] } {
  const { keys = [], tags = [], prefixes: given = [], ...others } = invalidates;
  mustBeNone(others);
  for (const [name, list] of Object.entries(invalidates)) mustBeList(name, list);
  const prefixes = given.map(levelOf);
  const exact = namesOfKeys(context, [...keys, ...prefixes]);
  return {
    what: { keys, tags, prefixes },
    names: [
      ...exact.names,
      ...tags.map((tag) => tagName(context.path, tag)),
      ...prefixes.map((prefix) => prefixName(context.path, prefix)),
    ],
    qualified: exact.qualified,
  };
}
