import type { Load } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { OPERATION_BUDGET, WARM_CONCURRENCY } from "../entry/limits.ts";
import { mustBeNone } from "../entry/options.ts";
import type { LoadOptions } from "../entry/policy.ts";
import { lookup } from "./lookup.ts";
import { callReading } from "./reads.ts";

/** A key to warm. `options` are those of `getOrSet`. */
export interface WarmItem<T = unknown> {
  readonly key: string;
  readonly load: Load<T>;
  readonly options?: LoadOptions<T>;
}

/** What to load: a list, or an iterator that can be gone on with. */
export type WarmSource = Iterable<WarmItem> | AsyncIterable<WarmItem>;

/** How much to load at a time, and in all. */
export interface WarmOptions {
  /** Items at a time. Default 4. */
  readonly concurrency?: number;
  /** Called after each item. */
  readonly onProgress?: (progress: WarmProgress) => void;
  /**
   * At most this many items; the rest stays in the source. Default 450, because an item takes two of the 1,000 operations
   * of an invocation.
   */
  readonly limit?: number;
}

/** Counts of one `warm` so far. */
export interface WarmProgress {
  /** Items that were loaded. */
  readonly loaded: number;
  /** Items that a tier already had. */
  readonly present: number;
  /** Items whose load failed. */
  readonly failed: number;
}

/** What one `warm` did, and whether items are left. */
export interface WarmResult extends WarmProgress {
  /** False when `limit` was reached first: call `warm` again in another invocation, with the same iterator. */
  readonly exhausted: boolean;
  /** The first ten failures. */
  readonly errors: readonly { readonly key: string; readonly error: unknown }[];
}

const MAX_ERRORS = 10;

/**
 * Loads what no tier has. An item that fails is counted, and does not stop the others.
 *
 * @throws what `source` or `onProgress` throws
 */
export async function warm(
  context: CacheContext,
  source: WarmSource,
  { concurrency = WARM_CONCURRENCY, onProgress, limit = OPERATION_BUDGET / 2, ...others }: WarmOptions,
): Promise<WarmResult> {
  mustBeNone(others);
  const items = iteratorOf(source);
  const errors: { key: string; error: unknown }[] = [];
  const progress = { loaded: 0, present: 0, failed: 0 };
  let taken = 0;
  let exhausted = false;

  const work = async () => {
    while (!exhausted && taken < limit) {
      taken++;
      const next = await items.next();
      if (next.done === true) {
        exhausted = true;
        return;
      }
      const { key, load, options: own = {} } = next.value;
      try {
        const { status } = await lookup(context, callReading(context, key, own, load));
        if (status === "miss" || status === "bypass") progress.loaded++;
        else progress.present++;
      } catch (error) {
        progress.failed++;
        if (errors.length < MAX_ERRORS) errors.push({ key, error });
      }
      onProgress?.({ ...progress });
    }
  };
  const workers = Array.from({ length: concurrency }, work);
  await Promise.all(workers);
  return { ...progress, exhausted, errors };
}

/** Not `for await`, which would close the iterator at `limit` and lose the rest. */
function iteratorOf(source: WarmSource): Iterator<WarmItem> | AsyncIterator<WarmItem> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
