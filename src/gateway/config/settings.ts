import type { Mode } from "../../keeper/protocol/position.ts";
import type { ConfigIssue, OriginKey, ReaderKeys } from "./config.ts";

/** Settings of the environment (variables and secrets of the Worker), unchecked. */
export interface EnvironmentSettings {
  readonly SUPABASE_URL?: string | undefined;
  readonly SUPABASE_PUBLISHABLE_KEY?: string | undefined;
  readonly SUPABASE_ANON_KEY?: string | undefined;
  /** Only whether it is set counts here. */
  readonly TIDEMARK_CAPTURE_SECRET?: string | undefined;
  readonly TIDEMARK_MODE?: string | undefined;
}

export interface ResolvedSettings {
  readonly origin: string;
  readonly keys: ReaderKeys;
  readonly mode: Mode;
  /** Whether changes are pulled from the database. */
  readonly captures: boolean;
  /** What is wrong and can be lived with: changes are learned, but reads pass through until it is mended. */
  readonly doubts: readonly ConfigIssue[];
}

/**
 * Checks the settings. Adds what a gateway cannot live with to `issues`. Issues name a setting and never repeat its
 * value.
 */
export function resolveSettings(
  settings: EnvironmentSettings,
  shownAs: OriginKey,
  issues: ConfigIssue[],
): ResolvedSettings {
  return {
    keys: readKeys(settings, shownAs, issues),
    origin: readOrigin(settings.SUPABASE_URL?.trim() ?? "", issues),
    captures: (settings.TIDEMARK_CAPTURE_SECRET?.trim() ?? "") !== "",
    ...readMode(settings.TIDEMARK_MODE?.trim() ?? ""),
  };
}

function readKeys(settings: EnvironmentSettings, shownAs: OriginKey, issues: ConfigIssue[]): ReaderKeys {
  // Without a key there is nothing to check.
  if (shownAs === "none") return { publishable: "", legacyAnon: null, shownAs };
  const publishable = readKey(settings, "SUPABASE_PUBLISHABLE_KEY", issues);
  const legacyAnon = readKey(settings, "SUPABASE_ANON_KEY", issues);
  if (publishable === "") {
    issues.push({
      path: "SUPABASE_PUBLISHABLE_KEY",
      message: "is not set",
      fix:
        shownAs === "bearer"
          ? 'Set it to the token that anonymous readers send; if they send none, write origin: { key: "none" }'
          : 'Copy it from the dashboard (Project Settings, API Keys; it begins with "sb_publishable_") into "vars" of wrangler.jsonc',
    });
  }
  return { publishable, legacyAnon: legacyAnon === "" ? null : legacyAnon, shownAs };
}

/** The project's address, without trailing slash; undefined when it is not set, or not one. */
export function originOf({ SUPABASE_URL }: EnvironmentSettings): string | undefined {
  return readOrigin(SUPABASE_URL?.trim() ?? "", []) || undefined;
}

function readOrigin(text: string, issues: ConfigIssue[]): string {
  const fix =
    'Set it to the project\'s address, such as "https://abcdefgh.supabase.co", in "vars" of wrangler.jsonc';
  const issue = (message: string): string => {
    issues.push({ path: "SUPABASE_URL", message, fix });
    return "";
  };
  if (text === "") return issue("is not set");
  if (!URL.canParse(text)) return issue("is not a URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return issue("is neither https nor http");
  if (url.username !== "" || url.password !== "") return issue("contains a user name or a password");
  if (url.search !== "" || url.hash !== "") return issue("contains a query or a fragment");
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function readKey(
  settings: EnvironmentSettings,
  name: "SUPABASE_PUBLISHABLE_KEY" | "SUPABASE_ANON_KEY",
  issues: ConfigIssue[],
): string {
  const key = settings[name]?.trim() ?? "";
  const fix = `Set ${name} to the key that browsers use; a secret key belongs on servers only and is never cached for`;
  if (/[^\x21-\x7e]/.test(key)) {
    issues.push({ path: name, message: "contains blanks or characters that no header may hold", fix });
  }
  // A secret key would cache and serve every row, whatever row-level security says.
  if (key.startsWith("sb_secret_") || roleOf(key) === "service_role") {
    issues.push({ path: name, message: "is a secret key, which sees every row", fix });
  }
  return key;
}

/**
 * Whether PostgREST is certain to read as this role for anonymous readers.
 *
 * @param isNamed the owner has named the role, so it is not a default
 */
export function readsAs(
  role: string,
  isNamed: boolean,
  { publishable, legacyAnon, shownAs }: ReaderKeys,
): boolean {
  // Without a token PostgREST uses its `db-anon-role`, and only the owner knows which one that is.
  if (shownAs === "none") return isNamed;
  const roles = [publishable, legacyAnon].filter((key) => key !== null).map(roleOfKey);
  return roles.every((each) => each === role);
}

function roleOfKey(key: string): unknown {
  return key.startsWith("sb_publishable_") ? "anon" : roleOf(key);
}

/** The role claim of a JSON Web Token; undefined for anything else. */
function roleOf(key: string): unknown {
  try {
    const payload = key.split(".")[1] ?? "";
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof claims === "object" && claims !== null && "role" in claims ? claims.role : undefined;
  } catch {
    return undefined;
  }
}

/** Read as `off`, a mode that nobody knows costs hits only. Refused, it would cost the changes that arrive meanwhile. */
function readMode(text: string): Pick<ResolvedSettings, "mode" | "doubts"> {
  if (text === "" || text === "on") return { mode: "on", doubts: [] };
  if (text === "shadow" || text === "off") return { mode: text, doubts: [] };
  const issue = { path: "TIDEMARK_MODE", message: "is not a mode", fix: 'Write "on", "shadow" or "off"' };
  return { mode: "off", doubts: [issue] };
}
