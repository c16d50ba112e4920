import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
// In your own project, import from "tidemark", "tidemark/d1" and "tidemark/keeper".
import { createCache } from "../../../src/cache/tidemark.ts";
import { cachedD1 } from "../../../src/drivers/d1/d1.ts";
import { keeperFence } from "../../../src/fence/library-fence.ts";
import type { Bindings } from "./env.ts";
import * as schema from "./schema.ts";

export type Database = DrizzleD1Database<typeof schema>;

/** A database for one request, whose SELECTs come from the cache where no row that they read has changed. */
export function connect({ KV, DB, KEEPER }: Bindings, ctx: Pick<ExecutionContext, "waitUntil">) {
  const cache = createCache({
    kv: KV,
    ctx,
    name: "drizzle-example",
    fence: keeperFence(KEEPER),
    // How long a change made elsewhere may take to show.
    freshness: "2s",
    ttl: "1d",
  });
  const statuses: string[] = [];
  const cached = cachedD1(DB, cache, {
    onEvent: (event) => statuses.push(event.type === "pass-through" ? event.reason : event.type),
  });
  return { db: drizzle(cached, { schema }), statuses };
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: { readonly db: Database };
}
