import type { Lookup } from "./answer.ts";
import { getMany, type LoadMissing } from "./batch.ts";
import { invalidate, namesOfKeys } from "./invalidate.ts";
import { namespacePath, qualify } from "./keys.ts";
import { type ErasePage, erase, type KeyPage, type ListKeysOptions, listKeys } from "./listing.ts";
import type { Load } from "./load.ts";
import { namespaceName, prefixName, tagName } from "./names.ts";
import { callFor } from "./offer.ts";
import type { LoadOptions, SomeLoadOptions } from "./policy.ts";
import type { ExecutionContextLike } from "./ports.ts";
import { lookup, peek } from "./read.ts";
import { revalidate } from "./revalidate.ts";
import { admits, anchorOf, atHand, policyFor, type Scope } from "./scope.ts";
import type { Statistics } from "./statistics.ts";
import { type WarmOptions, type WarmResult, type WarmSource, warm } from "./warm.ts";
import { set, type WriteOptions, write } from "./write.ts";

/**
 * A cache, or a namespace of one. Made by `createCache`; making one for each request is cheap, and all that are made
 * over the same store share their isolate's memory.
 *
 * Values are what the codec (by default JSON) makes of them, frozen. `null`, `0`, `false` and `""` are values;
 * `undefined` means that there is no such thing.
 */
export class Cache {
  readonly #scope: Scope;

  /** Use `createCache`. */
  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /**
   * The value under `key`, loaded if no tier has it (cache-aside). Concurrent calls share one load, in this isolate.
   *
   * @throws what `load` throws when there is nothing to fall back on; CacheError `load-timeout`, `invalid-value`
   */
  getOrSet<T>(key: string, load: Load<T>, options: LoadOptions<T> = {}): Promise<T> {
    const held = atHand(this.#scope, key, options.validate);
    if (held !== undefined) return Promise.resolve(held.value as T);
    return this.#lookup(key, load, options).then((found) => found.value as T);
  }

  /** As `getOrSet`, and tells where the value comes from and how old it is. */
  lookup<T>(key: string, load: Load<T>, options: LoadOptions<T> = {}): Promise<Lookup<T>> {
    const scope = this.#scope;
    const held = atHand(scope, key, options.validate);
    if (held === undefined) return this.#lookup(key, load, options) as Promise<Lookup<T>>;
    const ageMs = Math.max(0, scope.isolate.clock.now() - held.startedAt);
    return Promise.resolve({ value: held.value as T, status: "hit", tier: "memory", ageMs });
  }

  /**
   * The value under `key` if some tier has it within its time to live, else `undefined`. Loads nothing. `T` is a
   * promise of the caller's; pass `validate` to have it kept.
   */
  async get<T = unknown>(
    key: string,
    options: Pick<LoadOptions<T>, "validate"> = {},
  ): Promise<T | undefined> {
    return (await this.#peek(key, options))?.value as T | undefined;
  }

  /** True when `get` would give a value. */
  async has(key: string): Promise<boolean> {
    return (await this.#peek(key, {}))?.value !== undefined;
  }

  /**
   * Stores a value. Resolves true when both tiers have it; false when it was refused (an event says why) or the store
   * failed. With `undefined`: that there is no such thing, for `negativeTtl`.
   */
  set<T>(key: string, value: T, options: LoadOptions<T> = {}): Promise<boolean> {
    return set(this.#scope, key, value, options);
  }

  /**
   * Forgets keys: at once in this isolate, loads under way included. Each key is one operation of the store; to forget
   * many at once there are prefixes, tags and namespaces.
   *
   * @throws CacheError `invalidation-failed` when the store could not be told
   */
  delete(keys: string | readonly string[]): Promise<void> {
    const { names, qualified } = namesOfKeys(this.#scope, typeof keys === "string" ? [keys] : keys);
    return invalidate(this.#scope, names, qualified);
  }

  /**
   * Forgets a key and all keys on the levels below it: `user:1` means `user:1` and `user:1:…`, not `user:12`. One
   * write, however many keys there are.
   *
   * @throws CacheError `invalidation-failed`
   */
  deletePrefix(prefix: string): Promise<void> {
    const level = prefix.endsWith(":") ? prefix.slice(0, -1) : prefix;
    if (level === "") return this.forget();
    const { names, qualified } = namesOfKeys(this.#scope, [level]);
    return invalidate(this.#scope, [...names, prefixName(this.#scope.path, level)], qualified);
  }

  /**
   * Forgets all entries of this namespace that have one of the tags. One write for each tag.
   *
   * @throws CacheError `invalidation-failed`
   */
  invalidateTags(tags: string | readonly string[]): Promise<void> {
    const list = typeof tags === "string" ? [tags] : tags;
    return invalidate(
      this.#scope,
      list.map((tag) => tagName(this.#scope.path, tag)),
    );
  }

  /**
   * Loads anew and replaces what is stored, for when the source is known to have changed: after it, no reader of this
   * isolate gets the old value. One write, where `delete` and then `getOrSet` are two. When loading fails, or there is
   * no such thing any more, the key is deleted.
   *
   * @throws as `getOrSet`, but never falls back on an older value
   */
  revalidate<T>(key: string, load: Load<T>, options: LoadOptions<T> = {}): Promise<Lookup<T>> {
    const scope = this.#scope;
    const policy = policyFor(scope, key, options);
    if (!admits(scope, key, policy)) return this.lookup(key, load, options);
    const call = callFor(scope, key, qualify(scope.path, key), policy, load);
    return revalidate(scope, call) as Promise<Lookup<T>>;
  }

  /** A cache whose keys and tags are apart from all others, e.g. `"v3"` or `"tenant:123"`. */
  namespace(name: string): Cache {
    return new Cache({ ...this.#scope, path: namespacePath(this.#scope.path, name) });
  }

  /**
   * Forgets this namespace, those inside it included. One write, however many keys there are.
   *
   * @throws CacheError `invalidation-failed`
   */
  forget(): Promise<void> {
    return invalidate(this.#scope, [namespaceName(this.#scope.path)]);
  }

  /**
   * Writes to the source, then to the cache (write-through; `around: true` only invalidates). Returns what `commit`
   * returned. What happens to the cache never fails the write.
   *
   * @throws what `commit` throws; the key is invalidated then as well, as the write may have been carried out.
   */
  write<T, R = T>(key: string, commit: () => R | Promise<R>, options: WriteOptions<T, R> = {}): Promise<R> {
    return write(this.#scope, key, commit, options);
  }

  /**
   * The values of many keys, in the order of `keys`: one bulk read for every 100, one `loadMissing` for all that is
   * absent. What does not exist is `undefined` in the map.
   */
  getMany<T>(
    keys: readonly string[],
    loadMissing: LoadMissing<T>,
    options: LoadOptions<T> = {},
  ): Promise<Map<string, T | undefined>> {
    return getMany(this.#scope, keys, loadMissing, options) as Promise<Map<string, T | undefined>>;
  }

  /** Loads what no tier has yet, a few at a time, within the operations of one invocation. */
  warm(source: WarmSource, options: WarmOptions = {}): Promise<WarmResult> {
    return warm(this.#scope, source, options);
  }

  /** @throws CacheError `listing-unsupported`; see `ListKeysOptions` */
  listKeys(options: ListKeysOptions = {}): Promise<KeyPage> {
    return listKeys(this.#scope, options);
  }

  /** Really removes a page of keys from the store. @throws CacheError `listing-unsupported`, `invalidation-failed` */
  erase(options: ListKeysOptions = {}): Promise<ErasePage> {
    return erase(this.#scope, options);
  }

  /** What this isolate has counted, for all caches over the same store. */
  stats(): Statistics {
    const { tally, memory } = this.#scope.isolate;
    return tally.read({ entries: memory.size, bytes: memory.bytes });
  }

  resetStats(): void {
    this.#scope.isolate.tally.reset();
  }

  /** The same cache for another request: its `waitUntil` carries the background work. */
  with(ctx: ExecutionContextLike): Cache {
    return new Cache({ ...this.#scope, anchor: anchorOf(ctx), anchored: true });
  }

  #lookup(key: string, load: Load<unknown>, options: SomeLoadOptions): Promise<Lookup<unknown>> {
    const scope = this.#scope;
    const policy = policyFor(scope, key, options);
    return lookup(scope, callFor(scope, key, qualify(scope.path, key), policy, load));
  }

  async #peek<T>(key: string, options: Pick<LoadOptions<T>, "validate">) {
    const held = atHand(this.#scope, key, options.validate);
    if (held !== undefined) return held;
    const scope = this.#scope;
    const policy = policyFor(scope, key, options);
    const call = callFor(scope, key, qualify(scope.path, key), policy, () => undefined);
    return await peek(scope, call);
  }
}
