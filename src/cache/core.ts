// The library's core: package export "tidemark/core".

export * from "./common.ts";
export type { StoreTier } from "./context/context.ts";
export { kvTier, storeTier } from "./core-tiers.ts";
export { type CoreOptions, createCache } from "./create-core.ts";
