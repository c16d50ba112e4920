import { type CacheOptions, key, type Lookup, rows, untilMidnight } from "../../../src/cache/tidemark.ts";
import { keeperFence } from "../../../src/fence/library-fence.ts";
import type { Bindings } from "./env.ts";

/** How long each kind of thing is kept, in one place. The kind is the first level of the key. */
export function cacheOptions(env: Bindings): CacheOptions {
  return {
    kv: env.KV,
    name: "users-example",
    fence: keeperFence(env.KEEPER),
    // How late an isolate may notice what another one, or somebody at the database, has written.
    freshness: "1s",
    // The database says what has changed, so nothing has to end early.
    ttl: "1d",
    kinds: {
      // "No such user" is worth remembering, too: a user who signs up is a change like any other.
      user: { staleIfError: "1h", negativeTtl: "1h" },
      // Expensive and not urgent: only the very first caller waits for it.
      stats: { staleWhileRevalidate: "1h" },
      // The same number all day. No stale windows, because yesterday's would be wrong, and no jitter.
      daily: { ttl: () => untilMidnight("UTC"), jitter: 0 },
      // Hardly ever changes, but is read with each page: memory first, then KV, then D1.
      config: { ttl: "30d", staleIfError: "7d" },
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

/** What each load reads. The database invalidates by this, whoever writes: there is nothing else to remember. */
export const reads = {
  user: (id: number) => [rows("users", { id })],
  userPosts: (id: number) => [rows("posts", { user_id: id })],
  posts: [rows("posts")],
  stats: [rows("users"), rows("posts")],
  config: [rows("config")],
} as const;

/** What answers say about where they came from. */
export function provenance({ status, tier, ageMs }: Lookup<unknown>) {
  return {
    cached: status === "hit" || status === "stale",
    status,
    tier,
    ageSeconds: Math.round(ageMs / 1_000),
  };
}
