import { ageOf, atHand } from "./context/at-hand.ts";
import type { Call, Load } from "./context/call.ts";
import type { CacheContext } from "./context/context.ts";
import type { CoreLoadOptions, SomeLoadOptions } from "./entry/policy.ts";
import type { Lookup } from "./read/answer.ts";
import { callFor } from "./read/call.ts";
import { lookup, peek } from "./read/lookup.ts";
import { invalidate, namesOfKeys } from "./write/invalidate.ts";
import { set } from "./write/set.ts";

/**
 * What every cache can do. Made by `createCache` of `tidemark/core`; `Cache` extends it.
 *
 * Values are served as the codec (by default JSON) makes them, frozen. `null`, `0`, `false` and `""` are values;
 * `undefined` means that there is no such thing. Methods that take options throw or reject with a RangeError when one
 * of them is no duration.
 */
export class CoreCache {
  protected readonly context: CacheContext;

  /** Use `createCache`. */
  constructor(context: CacheContext) {
    this.context = context;
  }

  /**
   * The value under `key`, loaded if no tier has it (cache-aside). Concurrent calls in this isolate share one load.
   * Resolves to `undefined` when `load` does, or when a tier has recorded that there is no such thing.
   *
   * @throws what `load` throws when there is nothing to fall back on; CacheError `load-timeout`, `invalid-value`
   */
  getOrSet<T>(key: string, load: Load<T>, options: CoreLoadOptions<T> = {}): Promise<T> {
    const entry = atHand(this.context, key, options.validate);
    if (entry !== undefined) return Promise.resolve(entry.value as T);
    return lookup(this.context, this.call(key, options, load)).then((found) => found.value as T);
  }

  /** The same as `getOrSet`, with where the value comes from and how old it is. */
  lookup<T>(key: string, load: Load<T>, options: CoreLoadOptions<T> = {}): Promise<Lookup<T>> {
    const { context } = this;
    const entry = atHand(context, key, options.validate);
    if (entry === undefined) return lookup(context, this.call(key, options, load)) as Promise<Lookup<T>>;
    return Promise.resolve({
      value: entry.value as T,
      status: "hit",
      tier: "memory",
      ageMs: ageOf(context, entry),
    });
  }

  /**
   * The value under `key` if a tier has it within its time to live, else `undefined`. Loads nothing. `T` is not checked,
   * unless you pass `validate`.
   */
  async get<T = unknown>(
    key: string,
    options: Pick<CoreLoadOptions<T>, "validate"> = {},
  ): Promise<T | undefined> {
    const { context } = this;
    const found = atHand(context, key, options.validate) ?? (await peek(context, this.call(key, options)));
    return found?.value as T | undefined;
  }

  /** True when `get` would give a value. */
  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  /**
   * Stores a value; `undefined` records that there is no such thing, for `negativeTtl`. Resolves to true when both tiers
   * have it, to false when it was refused (an event says why) or the store failed.
   *
   * @throws CacheError `not-serializable` when the codec would lose some of it; `invalid-value`; with a keeper,
   * `invalidation-failed`
   */
  async set<T>(key: string, value: T, options: CoreLoadOptions<T> = {}): Promise<boolean> {
    return set(this.context, this.call(key, options), value);
  }

  /**
   * Forgets keys: at once in this isolate, including loads under way. Each key is one operation of the store. For many
   * keys at once, the full cache has prefixes, tags and namespaces.
   *
   * @throws CacheError `invalidation-failed` when the store or the keeper could not be told
   */
  delete(keys: string | readonly string[]): Promise<void> {
    const { names, qualified } = namesOfKeys(this.context, typeof keys === "string" ? [keys] : keys);
    return invalidate(this.context, names, qualified);
  }

  protected call(key: string, options: SomeLoadOptions, load: Load<unknown> = () => undefined): Call {
    return callFor(this.context, key, options, load);
  }
}
