import type { Scope } from "../context/context.ts";
import { OPERATION_BUDGET, WARM_CONCURRENCY } from "../entry/limits.ts";
import type { LoadOptions } from "../entry/policy.ts";
import { callFor } from "./candidate.ts";
import type { Load } from "./load.ts";
import { lookup } from "./lookup.ts";

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
  /** At most so many items; the rest stays in the source. Default 450: an item takes two of 1,000 operations. */
  readonly limit?: number;
}

/** Counts of one `warm` so far. */
export interface WarmProgress {
  /** Items that were loaded. */
  readonly loaded: number;
  /** Items that some tier had already. */
  readonly present: number;
  readonly failed: number;
}

/** What one `warm` did, and whether items are left. */
export interface WarmResult extends WarmProgress {
  /** False when `limit` was reached first: call again, with the same iterator, in another invocation. */
  readonly exhausted: boolean;
  /** The first few failures. */
  readonly errors: readonly { readonly key: string; readonly error: unknown }[];
}

const ERRORS_KEPT = 10;

/** Loads what no tier has. A failing item is counted and does not stop the others. */
export async function warm(scope: Scope, source: WarmSource, options: WarmOptions): Promise<WarmResult> {
  const items = iteratorOf(source);
  const limit = options.limit ?? OPERATION_BUDGET / 2;
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
        const { status } = await lookup(scope, callFor(scope, key, own, load));
        if (status === "miss" || status === "bypass") progress.loaded++;
        else progress.present++;
      } catch (error) {
        progress.failed++;
        if (errors.length < ERRORS_KEPT) errors.push({ key, error });
      }
      options.onProgress?.({ ...progress });
    }
  };
  const workers = Array.from({ length: options.concurrency ?? WARM_CONCURRENCY }, work);
  await Promise.all(workers);
  return { ...progress, exhausted, errors };
}

/** The iterator itself, not `for await`, which would close it at `limit` and lose the rest. */
function iteratorOf(source: WarmSource): Iterator<WarmItem> | AsyncIterator<WarmItem> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
