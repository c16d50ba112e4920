export interface Bindings {
  readonly KV: KVNamespace;
  readonly DB: D1Database;
  readonly KEEPER: DurableObjectNamespace;
  /** For `POST /refresh`. Unset: the route refuses everybody. */
  readonly REFRESH_SECRET?: string;
}
