// The library's public surface: package export "tidemark".

export type { RowValue } from "../rows/coarse.ts";
export type { FollowedTable, RowMap } from "../rows/row-map.ts";
export type { RowReads, Rows } from "../rows/rows.ts";
export type { Cache } from "./cache.ts";
export * from "./common.ts";
export { type CacheOptions, createCache } from "./create.ts";
export type { EntryOptions, KindOptions, LoadOptions } from "./entry/policy.ts";
export type { Fence, Position } from "./invalidation/fence.ts";
export type { LoadMissing } from "./read/batch.ts";
export type { WarmItem, WarmOptions, WarmProgress, WarmResult, WarmSource } from "./read/warm.ts";
export { rows } from "./rows.ts";
export type { Statistics } from "./statistics.ts";
export type { ErasePage, KeyPage, ListKeysOptions } from "./write/listing.ts";
export type { WriteOptions } from "./write/write.ts";
