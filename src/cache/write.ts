import { forgetHere, invalidate, namesOfKeys, remove } from "./invalidate.ts";
import { keep } from "./keep.ts";
import { type Departure, prepare } from "./load.ts";
import { namesOf, prefixName, tagName } from "./names.ts";
import { type LoadOptions, type Policy, type SomeLoadOptions, tagsBefore } from "./policy.ts";
import { admits, policyFor, qualified, type Scope } from "./scope.ts";
import type { Begun } from "./witness.ts";

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

/** Stores a value that the caller vouches for. Resolves true when both tiers have it. */
export async function set(
  scope: Scope,
  key: string,
  value: unknown,
  options: SomeLoadOptions,
): Promise<boolean> {
  const policy = policyFor(scope, key, options);
  if (!admits(scope, key, policy)) return false;
  const { names, qualified: keys } = namesOfKeys(scope, [key]);
  forgetHere(scope, names, keys);
  const { witness, fence, clock } = scope.isolate;
  const mark = fence.mark;
  const startedAt = clock.now();
  let begun: Begun;
  if (witness.coversKeys) {
    const telling = witness.invalidate(names, scope);
    scope.anchor(telling);
    begun = await telling;
  }
  return await store(scope, key, policy, value, { mark, startedAt, begun });
}

/** `from`: taken before anything was awaited, so that a `set` or `delete` that follows wins. */
async function store(
  scope: Scope,
  key: string,
  policy: Policy,
  value: unknown,
  from: Departure,
): Promise<boolean> {
  const { witness } = scope.isolate;
  const names = namesOf(scope.path, key, tagsBefore(policy));
  if (from.begun === undefined && witness.needsLearning(names)) await witness.learn(names, scope);
  const departure = { ...from, begun: from.begun ?? witness.begin(names) };
  const prepared = await prepare(scope, key, policy, value, departure);
  return await keep(scope, key, qualified(scope, key), prepared);
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
  const policy = policyFor(scope, key, options);
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
    alone && options.around !== true && !witness.coversKeys && admits(scope, key, policy)
      ? replace(scope, key, policy, () => (options.value === undefined ? result : options.value(result)))
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
async function replace(scope: Scope, key: string, policy: Policy, current: () => unknown): Promise<void> {
  const { fence, clock } = scope.isolate;
  const from = { mark: fence.mark, startedAt: clock.now(), begun: undefined };
  let stored = false;
  try {
    const value = current();
    if (value !== undefined) stored = await store(scope, key, policy, value, from);
  } catch (error) {
    scope.report({ type: "load-error", key, error });
  }
  if (!stored) await remove(scope, [qualified(scope, key)]);
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
