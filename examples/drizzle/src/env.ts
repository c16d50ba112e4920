import type { Database } from "./database.ts";

export interface Bindings {
  readonly KV: KVNamespace;
  readonly DB: D1Database;
  readonly KEEPER: DurableObjectNamespace;
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: { readonly db: Database };
}
