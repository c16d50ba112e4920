// Package export "tidemark/prisma".

export type { CachedDatabase, InvalidatedCache, StatementEvent, ViewOptions } from "./driver.ts";
export { type CachedPrisma, type CachedPrismaOptions, cachedPrisma } from "./extension.ts";
export type { AccelerateInfo } from "./info.ts";
export type { CacheStrategy } from "./strategy.ts";
export type {
  AcceleratePromise,
  CachedReads,
  Invalidations,
  ReadOperation,
  TidemarkExtension,
} from "./types.ts";
