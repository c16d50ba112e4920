import { ageOf, atHand, type Scope } from "./context/context.ts";
import type { CoreLoadOptions, SomeLoadOptions } from "./entry/policy.ts";
import type { Lookup } from "./read/answer.ts";
import { type Call, callFor } from "./read/candidate.ts";
import type { Load } from "./read/load.ts";
import { lookup, peek } from "./read/lookup.ts";
import { invalidate, namesOfKeys } from "./write/invalidate.ts";
import { set } from "./write/set.ts";

/**
 * What every cache does. Made by `createCache` of `tidemark/core`; `Cache` has all of it, and more.
 *
 * Values are what the codec (by default JSON) makes of them, frozen. `null`, `0`, `false` and `""` are values;
 * `undefined` means that there is no such thing.
 */
export class CoreCache {
  protected readonly scope: Scope;

  /** Use `createCache`. */
  constructor(scope: Scope) {
    this.scope = scope;
  }

  /**
   * The value under `key`, loaded if no tier has it (cache-aside). Concurrent calls share one load, in this isolate.
   *
   * @throws what `load` throws when there is nothing to fall back on; CacheError `load-timeout`, `invalid-value`
   */
  getOrSet<T>(key: string, load: Load<T>, options: CoreLoadOptions<T> = {}): Promise<T> {
    const held = atHand(this.scope, key, options.validate);
    if (held !== undefined) return Promise.resolve(held.value as T);
    return lookup(this.scope, this.call(key, options, load)).then((found) => found.value as T);
  }

  /** As `getOrSet`, and tells where the value comes from and how old it is. */
  lookup<T>(key: string, load: Load<T>, options: CoreLoadOptions<T> = {}): Promise<Lookup<T>> {
    const { scope } = this;
    const held = atHand(scope, key, options.validate);
    if (held === undefined) return lookup(scope, this.call(key, options, load)) as Promise<Lookup<T>>;
    const value = held.value as T;
    return Promise.resolve({ value, status: "hit", tier: "memory", ageMs: ageOf(scope, held) });
  }

  /**
   * The value under `key` if some tier has it within its time to live, else `undefined`. Loads nothing. `T` is a
   * promise of the caller's; pass `validate` to have it kept.
   */
  async get<T = unknown>(
    key: string,
    options: Pick<CoreLoadOptions<T>, "validate"> = {},
  ): Promise<T | undefined> {
    const { scope } = this;
    const found = atHand(scope, key, options.validate) ?? (await peek(scope, this.call(key, options)));
    return found?.value as T | undefined;
  }

  /** True when `get` would give a value. */
  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  /**
   * Stores a value. Resolves true when both tiers have it; false when it was refused (an event says why) or the store
   * failed. With `undefined`: that there is no such thing, for `negativeTtl`.
   *
   * @throws CacheError `not-serializable` when the codec would lose some of it; `invalid-value`
   */
  async set<T>(key: string, value: T, options: CoreLoadOptions<T> = {}): Promise<boolean> {
    return set(this.scope, this.call(key, options), value);
  }

  /**
   * Forgets keys: at once in this isolate, loads under way included. Each key is one operation of the store; to forget
   * many at once there are, in the full cache, prefixes, tags and namespaces.
   *
   * @throws CacheError `invalidation-failed` when the store could not be told
   */
  delete(keys: string | readonly string[]): Promise<void> {
    const { names, qualified } = namesOfKeys(this.scope, typeof keys === "string" ? [keys] : keys);
    return invalidate(this.scope, names, qualified);
  }

  protected call(key: string, options: SomeLoadOptions, load: Load<unknown> = () => undefined): Call {
    return callFor(this.scope, key, options, load);
  }
}
