import { type CacheOptions, key, type Lookup, untilMidnight } from "../../../src/cache/tidemark.ts";
import type { Bindings } from "./env.ts";

/** How long each kind of thing is kept, in one place. The kind is the first level of the key. */
export function cacheOptions(env: Bindings): CacheOptions {
  return {
    kv: env.KV,
    name: "users-example",
    kinds: {
      // Written through here; a change made elsewhere shows within a minute. "No such user" is worth remembering,
      // but not for long: the user may just be signing up.
      user: { ttl: "1m", staleIfError: "1h", negativeTtl: "10s" },
      post: { ttl: "5m" },
      // Expensive and not urgent: only the very first caller waits for it.
      stats: { ttl: "1m", staleWhileRevalidate: "1h" },
      // The same number all day. No stale windows, because yesterday's would be wrong, and no jitter.
      daily: { ttl: () => untilMidnight("UTC"), jitter: 0 },
      // Hardly ever changes, but is read with each page: memory first, then KV, then D1.
      config: { ttl: "10m", staleWhileRevalidate: "1d", staleIfError: "7d" },
    },
  };
}

export const keys = {
  user: (id: number) => key`user:${id}`,
  userPosts: (id: number) => key`user:${id}:posts`,
  recentPosts: "post:recent",
  postCount: "post:count",
  stats: "stats:all",
  daily: "daily:posts",
  config: "config:all",
} as const;

/** Whatever a new or deleted post changes. */
export const POSTS_TAG = "posts";

/** What answers say about where they came from. */
export function provenance({ status, tier, ageMs }: Lookup<unknown>) {
  return {
    cached: status === "hit" || status === "stale",
    status,
    tier,
    ageSeconds: Math.round(ageMs / 1_000),
  };
}
