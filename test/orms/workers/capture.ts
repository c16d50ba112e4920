import type pg from "pg";
import type { Bindings, PgBindings } from "./env.ts";

/** A caching driver over a database, and how to wait until its cache knows every change so far. */
export interface Captured {
  readonly db: D1Database;
  catchUp(): Promise<unknown>;
}

/** The seam: nothing is cached yet. */
export async function captured(
  database: D1Database,
  _env: Bindings,
  _ctx: ExecutionContext,
): Promise<Captured> {
  return { db: database, catchUp: async () => {} };
}

/** The same for Postgres. */
export async function capturedPg(
  pool: pg.Pool,
  _env: PgBindings,
  _ctx: ExecutionContext,
): Promise<{ readonly pool: pg.Pool; catchUp(): Promise<unknown> }> {
  return { pool, catchUp: async () => {} };
}
