// The library's public surface: package export "tidemark".

export type { LoadMissing } from "./batch.ts";
export type { Cache } from "./cache.ts";
export * from "./common.ts";
export { type CacheOptions, createCache } from "./create.ts";
export type { Fence, Position } from "./fence.ts";
export type { ErasePage, KeyPage, ListKeysOptions } from "./listing.ts";
export type { EntryOptions, KindOptions, LoadOptions } from "./policy.ts";
export type { Statistics } from "./statistics.ts";
export type { WarmItem, WarmOptions, WarmProgress, WarmResult, WarmSource } from "./warm.ts";
export type { WriteOptions } from "./write.ts";
