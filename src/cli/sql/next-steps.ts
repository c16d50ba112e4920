import type { Secret } from "./secrets.ts";

export interface Installed {
  readonly capture: Secret;
  /** Null when none was made. */
  readonly token: string | null;
  /** Whether the publishable key's own role may call, so that no token is needed. */
  readonly anonMayCall: boolean;
  readonly nudge: (Secret & { readonly by: "http" | "notify" }) | null;
}

/** What to do with the SQL, for people to read. Includes the new secrets, which cannot be looked up later. */
export function nextSteps({ capture, token, anonMayCall, nudge }: Installed): string {
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
  if (capture.isNew) {
    lines.push(
      "       This secret is new, and the SQL replaces the one in the database. To keep the old one,",
      "       set TIDEMARK_CAPTURE_SECRET to it before you run tidemark sql.",
    );
  }
  if (token !== null) lines.push(...put("TIDEMARK_CAPTURE_TOKEN", { value: token, isNew: true }));
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

function put(name: string, { value, isNew }: Secret): string[] {
  return [`     npx wrangler secret put ${name}`, `       ${isNew ? value : `as ${name} is set here`}`];
}
