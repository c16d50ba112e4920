// The library's core: package export "tidemark/core".

export * from "./common.ts";
export { type CoreOptions, createCache } from "./create-core.ts";
export type { StoreTier } from "./tiers/store-tier.ts";
export { kvTier, storeTier } from "./tiers/tiers.ts";
