import type { Secret } from "./secrets.ts";

export interface Installed {
  readonly capture: Secret;
  /** Whether the secret from before counts beside the new one. */
  readonly bothCount: boolean;
  /** Null when none was made. */
  readonly token: string | null;
  /** Whether the publishable key's own role may call, so that no token is needed. */
  readonly anonMayCall: boolean;
  readonly nudge: (Secret & { readonly by: "http" | "notify" }) | null;
}

/** What to do with the SQL, for people to read. Includes the new secrets, which cannot be looked up later. */
export function nextSteps({ capture, bothCount, token, anonMayCall, nudge }: Installed): string {
  const lines = [
    "Next:",
    "",
    "1. Run the SQL as the owner of the tables, in one transaction:",
    '     psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file tidemark.sql',
  ];
  if (nudge?.by === "http")
    lines.push("   It contains TIDEMARK_NUDGE_SECRET: keep it out of the repository.");
  lines.push("", "2. Give the gateway its secrets; wrangler asks for each value:");
  lines.push(...put("TIDEMARK_CAPTURE_SECRET", capture));
  if (capture.source === null) {
    lines.push(
      "       This secret is new. Put it into .dev.vars, too: tidemark sql takes it from there next time.",
    );
  }
  if (bothCount) {
    lines.push(
      "       The old secret counts as well, so that nothing is cut off. Once the gateway has the new one,",
      "       run tidemark sql again without --rotate, and its SQL: it takes the old one away.",
    );
  }
  if (token !== null) lines.push(...put("TIDEMARK_CAPTURE_TOKEN", { value: token, source: null }));
  else if (!anonMayCall) {
    lines.push(
      "     npx wrangler secret put TIDEMARK_CAPTURE_TOKEN",
      "       A token of the role tidemark_keeper. Make one with --jwt-secret-env, or need none with --caller anon",
    );
  }
  if (nudge !== null) lines.push(...put("TIDEMARK_NUDGE_SECRET", nudge));
  if (nudge?.by === "notify") {
    lines.push("", "3. Start the relay where it can reach the database:", "     npx tidemark relay");
  }
  lines.push("", "Then check the result:", "     npx tidemark doctor", "");
  return lines.join("\n");
}

function put(name: string, { value, source }: Secret): string[] {
  const shown = source === null ? value : `the one of ${source}`;
  return [`     npx wrangler secret put ${name}`, `       ${shown}`];
}
