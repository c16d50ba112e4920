import type { ConfigIssue, ResolvedConfig } from "../config/config.ts";

/** Mirrors that are not bound are no reason to pass anything through: the keeper is asked, as without them, and that is said. */
export function withBoundMirrors(
  config: ResolvedConfig,
  { MIRROR }: { readonly MIRROR?: unknown },
): ResolvedConfig {
  if (config.mirrors === null || MIRROR !== undefined) return config;
  const issue: ConfigIssue = {
    path: "MIRROR",
    message: "is not bound, so there are no mirrors",
    fix: 'Add { "name": "MIRROR", "class_name": "Mirror" } to "durable_objects.bindings" in wrangler.jsonc, a migration with "new_sqlite_classes": ["Mirror"], and export Mirror beside Keeper: docs/mirrors',
  };
  return { ...config, mirrors: null, doubts: [...config.doubts, issue] };
}
