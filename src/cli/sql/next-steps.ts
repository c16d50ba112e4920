import type { Secret } from "./secrets.ts";

export interface Installed {
  /** An environment of wrangler's, whose gateway and database it is about; undefined: the top level. */
  readonly environment: string | undefined;
  readonly capture: Secret;
  /** Whether the secret from before counts beside the new one. */
  readonly bothCount: boolean;
  /** The keeper's, found or just made; null when there is none here. */
  readonly token: Secret | null;
  /** The role that may call besides the keeper's, as this SQL says; undefined: those that may already. */
  readonly caller: string | undefined;
  readonly nudge: (Secret & { readonly by: "http" | "notify" }) | null;
}

/** What to do with the SQL, for people to read. Includes the new secrets, which cannot be looked up later. */
export function nextSteps({ environment, capture, bothCount, token, caller, nudge }: Installed): string {
  const where = environment === undefined ? "" : ` --env ${environment}`;
  const put = (name: string, { value, source }: Secret) => [
    `     npx wrangler secret put ${name}${where}`,
    `       ${source === null ? value : `the one of ${source}`}`,
  ];
  const lines = [
    "Next:",
    "",
    `1. Run the SQL as the owner of the tables, in one transaction${environment === undefined ? "" : `, in the database of ${environment}`}:`,
    '     psql "$DATABASE_URL" --quiet --single-transaction --set ON_ERROR_STOP=1 --file tidemark.sql',
  ];
  if (nudge?.by === "http")
    lines.push("   It contains TIDEMARK_NUDGE_SECRET: keep it out of the repository.");
  lines.push("", "2. Give the gateway its secrets; wrangler asks for each value:");
  lines.push(...put("TIDEMARK_CAPTURE_SECRET", capture));
  if (capture.source === null) {
    const file = environment === undefined ? ".dev.vars" : `.dev.vars.${environment}`;
    lines.push(
      `       This secret is new. Put it into ${file}, too: tidemark sql takes it from there next time.`,
    );
  }
  if (bothCount) {
    lines.push(
      "       The old secret counts as well, so that nothing is cut off. Once the gateway has the new one,",
      `       run npx tidemark sql${where} again without --rotate, and its SQL: it takes the old one away.`,
    );
  }
  if (token !== null) lines.push(...put("TIDEMARK_CAPTURE_TOKEN", token));
  else if (caller !== "anon") lines.push(...tokenWanted(where, caller));
  if (nudge !== null) lines.push(...put("TIDEMARK_NUDGE_SECRET", nudge));
  if (nudge?.by === "notify") {
    lines.push("", "3. Start the relay where it can reach the database:", "     npx tidemark relay");
  }
  lines.push("", "Then check the result:", `     npx tidemark doctor${where}`, "");
  return lines.join("\n");
}

function tokenWanted(where: string, caller: string | undefined): readonly string[] {
  const role = caller ?? "tidemark_keeper";
  const lines = [
    `     npx wrangler secret put TIDEMARK_CAPTURE_TOKEN${where}`,
    role === "tidemark_keeper"
      ? "       A token of the role tidemark_keeper. Make one with --jwt-secret-env, or need none with --caller anon"
      : `       A token of the role ${role}, or of tidemark_keeper: make one with --jwt-secret-env. None if it is the anonymous role`,
  ];
  if (caller === undefined) {
    lines.push(
      "       If anon may call already, as tidemark init has it, that stays so, and no token is needed.",
    );
  }
  return lines;
}
