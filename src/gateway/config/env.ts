import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { ConfigIssue } from "./config.ts";
import type { Settings } from "./settings.ts";

/** What `wrangler.jsonc` gives the gateway. */
export interface GatewayEnv extends Settings {
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace<KeeperCalls & Rpc.DurableObjectBranded>;
  readonly SUPABASE_URL: string;
  readonly SUPABASE_PUBLISHABLE_KEY: string;
  readonly SUPABASE_ANON_KEY?: string;
  readonly TIDEMARK_ADMIN_SECRET?: string;
  readonly TIDEMARK_WEBHOOK_SECRET?: string;
  /** What the functions of `tidemark sql` ask for; without it the keeper does not ask the database about itself. */
  readonly TIDEMARK_CAPTURE_SECRET?: string;
  /** A token of the role that may call them, unless the publishable key's role may. */
  readonly TIDEMARK_CAPTURE_TOKEN?: string;
  /** What nudges are signed with: `whsec_` and base64, as https://www.standardwebhooks.com has it. */
  readonly TIDEMARK_NUDGE_SECRET?: string;
  readonly TIDEMARK_MODE?: string;
}

/** Bindings that are missing although the types promise them: nobody checks wrangler.jsonc against a type. */
export function missingBindings(env: Partial<GatewayEnv>): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (env.KV === undefined) {
    issues.push({
      path: "KV",
      message: "is not bound",
      fix: 'Add { "binding": "KV" } to "kv_namespaces" in wrangler.jsonc',
    });
  }
  if (env.KEEPER === undefined) {
    issues.push({
      path: "KEEPER",
      message: "is not bound",
      fix: 'Add { "name": "KEEPER", "class_name": "Keeper" } to "durable_objects.bindings" in wrangler.jsonc',
    });
  }
  return issues;
}
