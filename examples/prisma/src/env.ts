import type { Database } from "./database.ts";

export interface Bindings {
  readonly KV: KVNamespace;
  readonly DB: D1Database;
  readonly KEEPER: DurableObjectNamespace;
  /** For `POST /refresh`. Unset: the route refuses everybody. */
  readonly REFRESH_SECRET?: string;
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: { readonly prisma: Database };
}
