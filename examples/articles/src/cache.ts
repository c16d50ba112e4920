import type { CacheOptions } from "../../../src/cache/tidemark.ts";
import { keeperFence } from "../../../src/fence/library-fence.ts";
import type { Env } from "./env.ts";

/** How long articles are kept, and how late a change may show. */
export function cacheOptions(env: Env): CacheOptions {
  return {
    kv: env.KV,
    name: "articles-example",
    fence: keeperFence(env.KEEPER),
    // Counts from the commit with capture, and from its arrival with a webhook.
    freshness: "1s",
    ...(env.TIDEMARK_CAPTURE_SECRET
      ? // Nothing gets lost, so nothing has to end early. "No such article" is kept, too: an INSERT is a change.
        { ttl: "1d", negativeTtl: "1d" }
      : // A lost webhook costs five minutes. When the database is down, readers get what was there for a day.
        { ttl: "5m", negativeTtl: "5m", staleIfError: "1d" }),
  };
}
