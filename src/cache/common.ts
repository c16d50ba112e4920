// What both entries of the library export: "tidemark" and "tidemark/core".

export type { Lookup } from "./answer.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { CoreCache } from "./core-cache.ts";
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
export { type KeyPart, key, type UserPart, user } from "./keys.ts";
export { type KvNamespaceLike, type KvStoreOptions, kvStore } from "./kv-store.ts";
export type { Load, LoadContext } from "./load.ts";
export { memoryStore } from "./memory-store.ts";
export { untilMidnight } from "./midnight.ts";
export type { CoreEntryOptions, CoreKindOptions, CoreLoadOptions } from "./policy.ts";
export type {
  Codec,
  ExecutionContextLike,
  ListOptions,
  StandardSchema,
  Store,
  StoreList,
} from "./ports.ts";
export type { MemoryOptions } from "./setup.ts";
