// The library's public surface: package export "tidemark".

export type { Lookup } from "./answer.ts";
export type { LoadMissing } from "./batch.ts";
export type { Cache } from "./cache.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type CacheOptions, createCache, type MemoryOptions } from "./create.ts";
export { type Duration, parseDuration } from "./duration.ts";
export { CacheError, type CacheErrorCode } from "./errors.ts";
export {
  type CacheEvent,
  MISSES,
  type Miss,
  REFUSALS,
  type Refusal,
  type Reporter,
  type StaleReason,
  type StoreOperation,
  type Tier,
} from "./events.ts";
export type { Fence, Position } from "./fence.ts";
export { type KeyPart, key, type UserPart, user } from "./keys.ts";
export { type KvNamespaceLike, type KvStoreOptions, kvStore } from "./kv-store.ts";
export type { ErasePage, KeyPage, ListKeysOptions } from "./listing.ts";
export type { Load, LoadContext } from "./load.ts";
export { memoryStore } from "./memory-store.ts";
export { untilMidnight } from "./midnight.ts";
export type { EntryOptions, KindOptions, LoadOptions } from "./policy.ts";
export type {
  Codec,
  ExecutionContextLike,
  ListOptions,
  StandardSchema,
  Store,
  StoreList,
} from "./ports.ts";
export type { Statistics } from "./statistics.ts";
export type { WarmItem, WarmOptions, WarmProgress, WarmResult, WarmSource } from "./warm.ts";
export type { WriteOptions } from "./write.ts";
