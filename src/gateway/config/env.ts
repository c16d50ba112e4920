import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { MirrorCalls } from "../../keeper/protocol/mirrors.ts";
import type { ConfigIssue } from "./config.ts";
import type { EnvironmentSettings } from "./settings.ts";

/** The bindings, variables and secrets of the Worker, from `wrangler.jsonc`. */
export interface GatewayEnv extends EnvironmentSettings {
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace<KeeperCalls & Rpc.DurableObjectBranded>;
  /** Only where the configuration has `mirrors`. */
  readonly MIRROR?: DurableObjectNamespace<MirrorCalls & Rpc.DurableObjectBranded>;
  readonly SUPABASE_URL: string;
  readonly SUPABASE_PUBLISHABLE_KEY: string;
  readonly SUPABASE_ANON_KEY?: string;
  readonly TIDEMARK_ADMIN_SECRET?: string;
  readonly TIDEMARK_WEBHOOK_SECRET?: string;
  /** The secret of the functions that `tidemark sql` makes. Without it the keeper does not call them. */
  readonly TIDEMARK_CAPTURE_SECRET?: string;
  /** A token of a role that may call them, unless the publishable key's role may. */
  readonly TIDEMARK_CAPTURE_TOKEN?: string;
  /** The key that signs nudges: `whsec_` and base64, by https://www.standardwebhooks.com. */
  readonly TIDEMARK_NUDGE_SECRET?: string;
  readonly TIDEMARK_MODE?: string;
}

/** The bindings that are missing. The types promise them, but nothing checks wrangler.jsonc against a type. */
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
