import { ageOf, atHand } from "./context/at-hand.ts";
import type { Call, Load } from "./context/call.ts";
import type { CacheContext } from "./context/context.ts";
import type { CoreLoadOptions, SomeLoadOptions, Validated } from "./entry/policy.ts";
import type { Format, Served } from "./jsonified.ts";
import type { Lookup } from "./read/answer.ts";
import { callFor } from "./read/call.ts";
import { lookup, peek } from "./read/lookup.ts";
import { invalidate, namesOfKeys } from "./write/invalidate.ts";
import { set } from "./write/set.ts";

/**
 * What every cache can do. Made by `createCache` of `tidemark/core`; `Cache` extends it.
 *
 * Values are served as the codec (by default JSON) makes them, frozen. `null`, `0`, `false` and `""` are values;
 * `undefined` means that there is no such thing. Methods that take options throw or reject with a CacheError
 * `invalid-option` when one of them is wrong, and with `invalid-key` when a key is no text.
 */
export class CoreCache<F extends Format = "json"> {
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
  getOrSet<T>(key: string, load: Load<T>, options: CoreLoadOptions<T> & Validated<T>): Promise<T>;
  getOrSet<T>(key: string, load: Load<T>, options?: CoreLoadOptions<T>): Promise<Served<T, F>>;
  getOrSet(key: string, load: Load<unknown>, options: SomeLoadOptions = {}): Promise<unknown> {
    const entry = atHand(this.context, key, options.validate);
    if (entry !== undefined) return Promise.resolve(entry.value);
    return lookup(this.context, this.call(key, options, load)).then((found) => found.value);
  }

  /** The same as `getOrSet`, with where the value comes from and how old it is. */
  lookup<T>(key: string, load: Load<T>, options: CoreLoadOptions<T> & Validated<T>): Promise<Lookup<T>>;
  lookup<T>(key: string, load: Load<T>, options?: CoreLoadOptions<T>): Promise<Lookup<Served<T, F>>>;
  lookup(key: string, load: Load<unknown>, options: SomeLoadOptions = {}): Promise<Lookup<unknown>> {
    const { context } = this;
    const entry = atHand(context, key, options.validate);
    if (entry === undefined) return lookup(context, this.call(key, options, load));
    return Promise.resolve({
      value: entry.value,
      status: "hit",
      tier: "memory",
      ageMs: ageOf(context, entry),
    });
  }

  /**
   * The value under `key` if a tier has it within its time to live, else `undefined`. Loads nothing. `T` is not checked,
   * unless you pass `validate`.
   */
  get<T>(key: string, options: Validated<T>): Promise<T | undefined>;
  get<T = unknown>(key: string, options?: Partial<Validated<T>>): Promise<Served<T, F> | undefined>;
  async get(key: string, options: Pick<SomeLoadOptions, "validate"> = {}): Promise<unknown> {
    const { context } = this;
    const found = atHand(context, key, options.validate) ?? (await peek(context, this.call(key, options)));
    return found?.value;
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
  async delete(keys: string | readonly string[]): Promise<void> {
    const list = [keys].flat();
    const { names, qualified } = namesOfKeys(this.context, list);
    return invalidate(this.context, { keys: list }, names, qualified);
  }

  protected call(key: string, options: SomeLoadOptions, load: Load<unknown> = () => undefined): Call {
    return callFor(this.context, key, options, load);
  }
}
