// What both entries of the library export: "tidemark" and "tidemark/core".

export { type Clock, systemClock } from "../runtime/clock.ts";
export { type Duration, parseDuration } from "../runtime/duration.ts";
export type { Load, LoadContext } from "./context/call.ts";
export type { ExecutionContextLike } from "./context/context.ts";
export type { CoreCache } from "./core-cache.ts";
export type { Codec } from "./entry/codec.ts";
export { CacheError, type CacheErrorCode } from "./entry/errors.ts";
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
} from "./entry/events.ts";
export { type KeyPart, key, type UserPart, user } from "./entry/keys.ts";
export type { CoreEntryOptions, CoreKindOptions, CoreLoadOptions, Validated } from "./entry/policy.ts";
export type { StandardSchema } from "./entry/standard-schema.ts";
export type { Format, Jsonified, Served } from "./jsonified.ts";
export type { Lookup } from "./read/answer.ts";
export type { MemoryOptions } from "./setup.ts";
export { type KvNamespaceLike, type KvStoreOptions, kvStore } from "./stores/kv-store.ts";
export { memoryStore } from "./stores/memory-store.ts";
export { untilMidnight } from "./stores/midnight.ts";
export type { ListOptions, Store, StoreList } from "./stores/store.ts";
