export interface Env {
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
  readonly SUPABASE_URL: string;
  /** The publishable (or legacy anon) key: the cache reads what anybody may read. */
  readonly SUPABASE_KEY: string;
  /** Set: the keeper asks capture what has changed. Unset: Database Webhooks tell it. */
  readonly TIDEMARK_CAPTURE_SECRET?: string;
  /** What Database Webhooks show. Unset: `POST /webhook` refuses everybody. */
  readonly TIDEMARK_WEBHOOK_SECRET?: string;
  /** For `POST /forget`. Unset: the route refuses everybody. */
  readonly ADMIN_SECRET?: string;
}
