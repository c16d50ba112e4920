import { anchorOf, type Scope } from "./context/context.ts";
import { CoreCache } from "./core-cache.ts";
import { namespacePath } from "./entry/keys.ts";
import { namespaceName, prefixName, tagName } from "./entry/names.ts";
import type { LoadOptions } from "./entry/policy.ts";
import type { Lookup } from "./read/answer.ts";
import { getMany, type LoadMissing } from "./read/batch.ts";
import { admits } from "./read/candidate.ts";
import type { Load } from "./read/load.ts";
import { type WarmOptions, type WarmResult, type WarmSource, warm } from "./read/warm.ts";
import type { Statistics, Tally } from "./statistics.ts";
import type { ExecutionContextLike } from "./stores/store.ts";
import { invalidate, namesOfKeys } from "./write/invalidate.ts";
import { type ErasePage, erase, type KeyPage, type ListKeysOptions, listKeys } from "./write/listing.ts";
import { revalidate } from "./write/revalidate.ts";
import { type WriteOptions, write } from "./write/write.ts";

/**
 * A cache, or a namespace of one. Made by `createCache`; making one for each request is cheap, and all that are made
 * over the same store share their isolate's memory.
 */
export class Cache extends CoreCache {
  readonly #tally: Tally;

  /** Use `createCache`. */
  constructor(scope: Scope, tally: Tally) {
    super(scope);
    this.#tally = tally;
  }

  // These three take tags, too.

  override getOrSet<T>(key: string, load: Load<T>, options: LoadOptions<T> = {}): Promise<T> {
    return super.getOrSet(key, load, options);
  }

  override lookup<T>(key: string, load: Load<T>, options: LoadOptions<T> = {}): Promise<Lookup<T>> {
    return super.lookup(key, load, options);
  }

  override set<T>(key: string, value: T, options: LoadOptions<T> = {}): Promise<boolean> {
    return super.set(key, value, options);
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
    const { names, qualified } = namesOfKeys(this.scope, [level]);
    return invalidate(this.scope, [...names, prefixName(this.scope.path, level)], qualified);
  }

  /**
   * Forgets all entries of this namespace that have one of the tags. One write for each tag.
   *
   * @throws CacheError `invalidation-failed`
   */
  invalidateTags(tags: string | readonly string[]): Promise<void> {
    const list = typeof tags === "string" ? [tags] : tags;
    return invalidate(
      this.scope,
      list.map((tag) => tagName(this.scope.path, tag)),
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
    const call = this.call(key, options, load);
    if (!admits(this.scope, call)) return this.lookup(key, load, options);
    return revalidate(this.scope, call) as Promise<Lookup<T>>;
  }

  /** A cache whose keys and tags are apart from all others, e.g. `"v3"` or `"tenant:123"`. */
  namespace(name: string): Cache {
    return new Cache({ ...this.scope, path: namespacePath(this.scope.path, name) }, this.#tally);
  }

  /**
   * Forgets this namespace, those inside it included. One write, however many keys there are.
   *
   * @throws CacheError `invalidation-failed`
   */
  forget(): Promise<void> {
    return invalidate(this.scope, [namespaceName(this.scope.path)]);
  }

  /**
   * Writes to the source, then to the cache (write-through; `around: true` only invalidates). Returns what `commit`
   * returned. What happens to the cache never fails the write.
   *
   * @throws what `commit` throws; the key is invalidated then as well, as the write may have been carried out.
   */
  write<T, R = T>(key: string, commit: () => R | Promise<R>, options: WriteOptions<T, R> = {}): Promise<R> {
    return write(this.scope, key, commit, options);
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
    return getMany(this.scope, keys, loadMissing, options) as Promise<Map<string, T | undefined>>;
  }

  /** Loads what no tier has yet, a few at a time, within the operations of one invocation. */
  warm(source: WarmSource, options: WarmOptions = {}): Promise<WarmResult> {
    return warm(this.scope, source, options);
  }

  /** @throws CacheError `listing-unsupported`; see `ListKeysOptions` */
  listKeys(options: ListKeysOptions = {}): Promise<KeyPage> {
    return listKeys(this.scope, options);
  }

  /** Really removes a page of keys from the store. @throws CacheError `listing-unsupported`, `invalidation-failed` */
  erase(options: ListKeysOptions = {}): Promise<ErasePage> {
    return erase(this.scope, options);
  }

  /** What this isolate has counted, for all caches over the same store. */
  stats(): Statistics {
    return this.#tally.read();
  }

  resetStats(): void {
    this.#tally.reset();
  }

  /** The same cache for another request: its `waitUntil` carries the background work. */
  with(ctx: ExecutionContextLike): Cache {
    return new Cache({ ...this.scope, anchor: anchorOf(ctx), anchored: true }, this.#tally);
  }
}
