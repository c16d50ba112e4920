/** What Workers of these tests are bound to. */
export interface Bindings {
  /** Read and written by the bare driver alone. */
  readonly PLAIN: D1Database;
  /** Its tables are followed. */
  readonly CAPTURED: D1Database;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
}

export interface PgBindings {
  readonly PLAIN_URL: string;
  readonly CAPTURED_URL: string;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
}
