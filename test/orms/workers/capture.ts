import type pg from "pg";
import { type Cache, createCache } from "../../../src/cache/tidemark.ts";
import { installD1Sql } from "../../../src/capture/d1/install-sql.ts";
import { SCHEMA_QUESTIONS, schemaOf } from "../../../src/capture/d1/schema/schema.ts";
import { type CachedD1, cachedD1 } from "../../../src/drivers/d1/cached-d1.ts";
import { cachedPg } from "../../../src/drivers/pg/pg.ts";
import { keeperFence } from "../../../src/fence/library-fence.ts";
import type { Bindings, PgBindings } from "./env.ts";

/** A caching driver over a database, and how to wait until its cache knows every change so far. */
export interface Captured {
  readonly db: CachedD1;
  readonly cache: Cache;
  catchUp(): Promise<unknown>;
}

/** Installs capture. @param counted the database that the driver asks */
export async function captured(counted: D1Database, env: Bindings, ctx: ExecutionContext): Promise<Captured> {
  await install(env.CAPTURED);
  const cache = cacheOf(env, ctx);
  return { db: cachedD1(counted, cache), cache, catchUp: () => cache.catchUp() };
}

/** The same for Postgres, where capture has been installed. @param counted the pool that the driver asks */
export function capturedPg(counted: pg.Pool, env: PgBindings, ctx: ExecutionContext) {
  const cache = cacheOf(env, ctx);
  return { pool: cachedPg(counted, cache, { lazyConnect: true }), cache, catchUp: () => cache.catchUp() };
}

/** Every read reflects all that was committed before it began. */
function cacheOf({ KV, KEEPER }: Pick<Bindings, "KV" | "KEEPER">, ctx: ExecutionContext): Cache {
  return createCache({ kv: KV, ctx, ttl: "1d", fence: keeperFence(KEEPER), freshness: "0s" });
}

/** What the migration of `tidemark sql --d1` does. */
async function install(database: D1Database): Promise<void> {
  const answers = await database.batch<Record<string, unknown>>(
    SCHEMA_QUESTIONS.map((sql) => database.prepare(sql)),
  );
  const statements = installD1Sql(schemaOf(answers.map(({ results }) => results)), {});
  for (const statement of statements) await database.prepare(statement).run();
}
