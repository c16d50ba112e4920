import { LIBRARIES } from "./libraries.ts";
import { CLAIRVOYANT, NO_CACHE } from "./limits.ts";
import type { Policy } from "./policy.ts";
import { tableTagsPolicy, tidemarkPolicy } from "./tidemark.ts";
import { ttlPolicy } from "./ttl.ts";

/** Hyperdrive's defaults: 60 s fresh, 15 s more while it revalidates. */
const TTL_MS = 60_000;
const STALE_MS = 15_000;

export const TIDEMARK: readonly Policy[] = [60_000, 10_000, 1_000, 0].map(tidemarkPolicy);

/** The bound of the gateway's default, so that only what is dropped differs from Tidemark's. */
const TABLE_TAGS = tableTagsPolicy(10_000);

export const POLICIES: readonly Policy[] = [
  NO_CACHE,
  ttlPolicy("TTL 60 s", TTL_MS, 0),
  ttlPolicy("TTL 60 s + SWR 15 s", TTL_MS, STALE_MS),
  ...LIBRARIES,
  TABLE_TAGS,
  ...TIDEMARK,
  CLAIRVOYANT,
];
