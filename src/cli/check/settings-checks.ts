import type { ConfigIssue, OriginKey } from "../../gateway/config/config.ts";
import { resolveSettings } from "../../gateway/config/settings.ts";
import type { Environment, EnvironmentRead, SettingName } from "../command/environment.ts";
import { type Check, ok, warning, wrong } from "./check.ts";
import { nudgeCheck, secretChecks } from "./secret-checks.ts";

/** A token that expires sooner gets a warning. */
const ENDS_SOON_MS = 30 * 24 * 3_600_000;

const SOURCES = "Where settings are read from: docs/environments.md";

/** Whether the settings that the gateway needs are there and look right. */
export function checkSettings(
  { settings: env, sources }: EnvironmentRead,
  shownAs: OriginKey,
  now: Date,
): readonly Check[] {
  const issues: ConfigIssue[] = [];
  const { doubts } = resolveSettings(env, shownAs, issues);
  const checks = [...issues, ...doubts, ...placeholders(env, shownAs)].map(({ path, message, fix }) =>
    wrong(
      "settings",
      `${path} ${message}${from(sources[path as SettingName])}`,
      `${fix}${fix.endsWith("?") ? "" : "."} ${SOURCES}`,
    ),
  );
  if (checks.length === 0) checks.push(ok("settings", SETTINGS_ARE_SET[shownAs]));
  if (shownAs === "none" && env.SUPABASE_PUBLISHABLE_KEY?.trim()) {
    const message =
      'SUPABASE_PUBLISHABLE_KEY is set, but origin.key is "none": reads with that key pass through';
    checks.push(warning("settings", message, "Unset it, or choose another origin.key"));
  }
  return [...checks, ...secretChecks(env), tokenCheck(env, now), nudgeCheck(env)];
}

function from(source: string | undefined): string {
  return source === undefined ? "" : ` (${source})`;
}

/** What templates leave to be filled in, and the address of the API in place of the project's. A gateway would take them for a project that does not answer. */
function placeholders(
  { SUPABASE_URL = "", SUPABASE_PUBLISHABLE_KEY = "" }: Environment,
  shownAs: OriginKey,
): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (/\/\/your-project\./.test(SUPABASE_URL)) {
    const fix = "Set it to the project's address: dashboard, Project Settings, Data API";
    issues.push({ path: "SUPABASE_URL", message: "is still the example's", fix });
  }
  if (shownAs === "apikey+bearer" && /\/rest\/v1\/*$/.test(SUPABASE_URL.trim())) {
    const fix = "Leave /rest/v1 out: the gateway appends it";
    issues.push({ path: "SUPABASE_URL", message: "ends in PostgREST's path", fix });
  }
  if (SUPABASE_PUBLISHABLE_KEY.trim() === "sb_publishable_…") {
    const fix = "Set it to the publishable key: dashboard, Project Settings, API Keys";
    issues.push({ path: "SUPABASE_PUBLISHABLE_KEY", message: "is still the example's", fix });
  }
  return issues;
}

const SETTINGS_ARE_SET: Readonly<Record<OriginKey, string>> = {
  "apikey+bearer": "the project and its publishable key are set",
  apikey: "PostgREST's address and the key are set",
  bearer: "PostgREST's address and the anonymous token are set",
  none: "PostgREST's address is set; anonymous readers need no key",
};

function tokenCheck({ TIDEMARK_CAPTURE_TOKEN }: Environment, now: Date): Check {
  const token = TIDEMARK_CAPTURE_TOKEN?.trim() ?? "";
  const fix = "Make one with tidemark sql --jwt-secret-env NAME";
  if (token === "")
    return ok("capture-token", "TIDEMARK_CAPTURE_TOKEN is not set: the publishable key's role calls");
  const claims = claimsOf(token);
  if (claims === undefined)
    return wrong("capture-token", "TIDEMARK_CAPTURE_TOKEN is not a JSON Web Token", fix);
  if (claims.exp === undefined)
    return ok("capture-token", "TIDEMARK_CAPTURE_TOKEN is set and does not expire");
  const left = claims.exp * 1_000 - now.getTime();
  const day = new Date(claims.exp * 1_000).toISOString().slice(0, 10);
  if (left <= 0) return wrong("capture-token", `TIDEMARK_CAPTURE_TOKEN expired on ${day}`, fix);
  if (left < ENDS_SOON_MS) return warning("capture-token", `TIDEMARK_CAPTURE_TOKEN expires on ${day}`, fix);
  return ok("capture-token", `TIDEMARK_CAPTURE_TOKEN is set, until ${day}`);
}

/** The token's claims; undefined when it is not a JSON Web Token. Not verified: the database does that. */
function claimsOf(token: string): { readonly exp?: number } | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    if (typeof claims !== "object" || claims === null) return undefined;
    return "exp" in claims && typeof claims.exp === "number" ? { exp: claims.exp } : {};
  } catch {
    return undefined;
  }
}
