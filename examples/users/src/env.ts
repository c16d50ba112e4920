import type { CacheVariables } from "../../../src/cache/hono.ts";

export interface Bindings {
  readonly KV: KVNamespace;
  readonly DB: D1Database;
  readonly KEEPER: DurableObjectNamespace;
  /** For `/api/cache/*`. Unset: the routes refuse everybody. */
  readonly ADMIN_SECRET?: string;
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: CacheVariables;
}
