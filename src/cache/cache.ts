import type { RowMap } from "../rows/row-map.ts";
import { ageOf } from "./context/at-hand.ts";
import type { Call, Load } from "./context/call.ts";
import { anchorOf, type CacheContext, type ExecutionContextLike } from "./context/context.ts";
import { CoreCache } from "./core-cache.ts";
import { levelOf, namespacePath } from "./entry/keys.ts";
import { namespaceName, prefixName, tagName } from "./entry/names.ts";
import { mustBeNone } from "./entry/options.ts";
import type { LoadOptions, SomeLoadOptions, Validated } from "./entry/policy.ts";
import type { Format, Served } from "./jsonified.ts";
import type { Lookup } from "./read/answer.ts";
import { getMany, type LoadMissing } from "./read/batch.ts";
import { mayCache } from "./read/call.ts";
import { bypass, lookup } from "./read/lookup.ts";
import { atHandReading, callReading } from "./read/reads.ts";
import { type WarmOptions, type WarmResult, type WarmSource, warm } from "./read/warm.ts";
import type { Statistics, Tally } from "./statistics.ts";
import { invalidate, namesOfKeys } from "./write/invalidate.ts";
import { type ErasePage, erase, type KeyPage, type ListKeysOptions, listKeys } from "./write/listing.ts";
import { revalidate } from "./write/revalidate.ts";
import { type WriteOptions, write } from "./write/write.ts";

/**
 * A cache, or a namespace of one. Made by `createCache`. You can make one for each request: it is cheap, and all caches
 * over the same store share their isolate's memory.
 */
export class Cache<F extends Format = "json"> extends CoreCache<F> {
  readonly #tally: Tally;

  /** Use `createCache`. */
  constructor(context: CacheContext, tally: Tally) {
    super(context);
    this.#tally = tally;
  }

  // Overridden for their options, which have tags.

  override getOrSet<T>(key: string, load: Load<T>, options: LoadOptions<T> & Validated<T>): Promise<T>;
  override getOrSet<T>(key: string, load: Load<T>, options?: LoadOptions<T>): Promise<Served<T, F>>;
  override getOrSet(key: string, load: Load<unknown>, options: LoadOptions = {}): Promise<unknown> {
    if (options.reads === undefined) return super.getOrSet(key, load, options);
    const entry = atHandReading(this.context, key, options);
    if (entry !== undefined) return Promise.resolve(entry.value);
    return lookup(this.context, this.call(key, options, load)).then((found) => found.value);
  }

  override lookup<T>(key: string, load: Load<T>, options: LoadOptions<T> & Validated<T>): Promise<Lookup<T>>;
  override lookup<T>(key: string, load: Load<T>, options?: LoadOptions<T>): Promise<Lookup<Served<T, F>>>;
  override lookup(key: string, load: Load<unknown>, options: LoadOptions = {}): Promise<Lookup<unknown>> {
    if (options.reads === undefined) return super.lookup(key, load, options);
    const entry = atHandReading(this.context, key, options);
    if (entry === undefined) return lookup(this.context, this.call(key, options, load));
    const ageMs = ageOf(this.context, entry);
    return Promise.resolve({ value: entry.value, status: "hit", tier: "memory", ageMs });
  }

  /** As in the core, with tags. `reads` are refused: the value may be older than what is known of them. */
  override async set<T>(
    key: string,
    value: T,
    options: Omit<LoadOptions<T>, "reads"> = {},
  ): Promise<boolean> {
    const { reads } = options as LoadOptions<T>;
    mustBeNone(reads === undefined ? {} : { reads });
    return super.set(key, value, options);
  }

  /**
   * Forgets a key and all keys on the levels below it: `user:1` stands for `user:1` and `user:1:…`, not for `user:12`.
   * This is one write, however many keys there are.
   *
   * @throws CacheError `invalid-key` when the prefix is empty: to forget the namespace, there is `forget`;
   * `invalidation-failed`
   */
  async deletePrefix(prefix: string): Promise<void> {
    const level = levelOf(prefix);
    const { names, qualified } = namesOfKeys(this.context, [level]);
    names.push(prefixName(this.context.path, level));
    return invalidate(this.context, { prefixes: [level] }, names, qualified);
  }

  /**
   * Forgets all entries of this namespace that have one of the tags. This is one write for each tag.
   *
   * @throws CacheError `invalidation-failed`
   */
  async invalidateTags(tags: string | readonly string[]): Promise<void> {
    const list = typeof tags === "string" ? [tags] : tags;
    return invalidate(
      this.context,
      { tags: list },
      list.map((tag) => tagName(this.context.path, tag)),
    );
  }

  /**
   * Loads again and replaces what is stored. Use it when you know that the source has changed: from then on, no reader
   * of this isolate gets the old value. This is one write; `delete` and then `getOrSet` are two. If loading fails, or
   * `load` gives `undefined`, the key is deleted.
   *
   * @throws as `getOrSet`, which never falls back on an older value here; CacheError `invalidation-failed`
   */
  revalidate<T>(key: string, load: Load<T>, options: LoadOptions<T> & Validated<T>): Promise<Lookup<T>>;
  revalidate<T>(key: string, load: Load<T>, options?: LoadOptions<T>): Promise<Lookup<Served<T, F>>>;
  revalidate(key: string, load: Load<unknown>, options: SomeLoadOptions = {}): Promise<Lookup<unknown>> {
    const call = this.call(key, options, load);
    if (!mayCache(this.context, call)) return bypass(this.context, call);
    return revalidate(this.context, call);
  }

  protected override call(
    key: string,
    options: SomeLoadOptions,
    load: Load<unknown> = () => undefined,
  ): Call {
    return callReading(this.context, key, options, load);
  }

  /** A cache with its own keys and tags, e.g. `"v3"` or `"tenant:123"`. */
  namespace(name: string): Cache<F> {
    return new Cache({ ...this.context, path: namespacePath(this.context.path, name) }, this.#tally);
  }

  /**
   * Forgets this namespace and those inside it. This is one write, however many keys there are.
   *
   * @throws CacheError `invalidation-failed`
   */
  forget(): Promise<void> {
    return invalidate(this.context, { everything: true }, [namespaceName(this.context.path)]);
  }

  /**
   * Writes to the source, then to the cache (write-through; `around: true` only invalidates). Resolves to what `commit`
   * returned. A failure of the cache never fails the write.
   *
   * @throws what `commit` throws; the key is then invalidated too, since the write may have been carried out
   */
  write<T, R = T>(key: string, commit: () => R | Promise<R>, options: WriteOptions<T, R> = {}): Promise<R> {
    return write(this.context, key, commit, options);
  }

  /**
   * The values of many keys, in the order of `keys`: one bulk read for every 100, and one `loadMissing` for all keys that
   * no tier has. What does not exist is `undefined` in the map.
   *
   * @throws what `loadMissing` throws; CacheError `load-timeout`, `invalid-value`
   */
  getMany<T>(
    keys: readonly string[],
    loadMissing: LoadMissing<T>,
    options: LoadOptions<T> & Validated<T>,
  ): Promise<Map<string, T | undefined>>;
  getMany<T>(
    keys: readonly string[],
    loadMissing: LoadMissing<T>,
    options?: LoadOptions<T>,
  ): Promise<Map<string, Served<T, F> | undefined>>;
  getMany(
    keys: readonly string[],
    loadMissing: LoadMissing<unknown>,
    options: SomeLoadOptions = {},
  ): Promise<Map<string, unknown>> {
    return getMany(this.context, keys, loadMissing, options);
  }

  /**
   * Loads the keys that no tier has yet, a few at a time, within the operations of one invocation. A load that fails is
   * counted, and does not stop the others.
   *
   * @throws what `source` or `onProgress` throws
   */
  warm(source: WarmSource, options: WarmOptions = {}): Promise<WarmResult> {
    return warm(this.context, source, options);
  }

  /**
   * A page of this namespace's keys in the store.
   *
   * @throws CacheError `listing-unsupported`, and what the store throws
   */
  listKeys(options: ListKeysOptions = {}): Promise<KeyPage> {
    return listKeys(this.context, options);
  }

  /**
   * Removes a page of keys from the store itself: for data that must be erased.
   *
   * @throws CacheError `listing-unsupported`, `invalidation-failed`, and what the store throws
   */
  erase(options: ListKeysOptions = {}): Promise<ErasePage> {
    return erase(this.context, options);
  }

  /**
   * The tables and columns whose changes reach this cache by themselves: what `reads` may name. Asks the keeper if this
   * isolate does not know them yet. Resolves to undefined when there are none, or the keeper cannot be asked.
   */
  async followed(): Promise<RowMap | undefined> {
    const { invalidations } = this.context.isolate;
    if (invalidations.followed?.() === undefined) await invalidations.learn([], this.context);
    return invalidations.followed?.() ?? undefined;
  }

  /**
   * Learns of all changes that were committed before this call, so that reads from now on reflect them: after a write of
   * your own, for example. Resolves to false when there is no keeper, or it cannot be asked; never rejects.
   */
  async catchUp(): Promise<boolean> {
    return (await this.context.isolate.invalidations.catchUp?.(this.context)) ?? false;
  }

  /** The same for all caches of this isolate that hear of invalidations in the same way. */
  get source(): object {
    return this.context.isolate.invalidations;
  }

  /** What this isolate has counted, for all caches over the same store. */
  stats(): Statistics {
    return this.#tally.read();
  }

  /** Starts counting from 0. */
  resetStats(): void {
    this.#tally.reset();
  }

  /** The same cache for another request, whose `waitUntil` carries the background work. */
  with(ctx: ExecutionContextLike): Cache<F> {
    return new Cache({ ...this.context, anchor: anchorOf(ctx), anchored: true, outlives: true }, this.#tally);
  }
}
