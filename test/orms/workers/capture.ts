import type pg from "pg";
import { type Cache, createCache } from "../../../src/cache/tidemark.ts";
import { type CachedD1, cachedD1 } from "../../../src/drivers/d1/cached-d1.ts";
import { keeperFence } from "../../../src/fence/library-fence.ts";
import type { Bindings, PgBindings } from "./env.ts";
import { install } from "./told.ts";

/** A caching driver over a database, and how to wait until its cache knows every change so far. */
export interface Captured {
  readonly db: CachedD1;
  readonly cache: Cache;
  catchUp(): Promise<unknown>;
}

/** Installs capture. @param counted the database that the driver asks */
export async function captured(counted: D1Database, env: Bindings, ctx: ExecutionContext): Promise<Captured> {
  await install(env.CAPTURED);
  const cache = createCache({
    kv: env.KV,
    ctx,
    ttl: "1d",
    fence: keeperFence(env.KEEPER),
    freshness: "0s",
  });
  return { db: cachedD1(counted, cache), cache, catchUp: () => cache.catchUp() };
}

/** The same for Postgres. */
export async function capturedPg(
  pool: pg.Pool,
  _env: PgBindings,
  _ctx: ExecutionContext,
): Promise<{ readonly pool: pg.Pool; catchUp(): Promise<unknown> }> {
  return { pool, catchUp: async () => {} };
}
