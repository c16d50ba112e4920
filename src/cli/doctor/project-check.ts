import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { reasonOf } from "../../relay/reason.ts";
import { type Check, ok, wrong } from "../check/check.ts";

const DEADLINE_MS = 10_000;

/** Supabase's answer for a project that is paused. */
const PAUSED = 540;

type Asked = Pick<ResolvedConfig, "origin" | "restPath" | "keys" | "tables">;

/**
 * Whether PostgREST answers at the project's address, and takes the key. For a doctor without capture's secret, who cannot
 * ask more. Reads no row: of the first configured table, at most none are asked for.
 */
export async function checkProject({ origin, restPath, keys, tables }: Asked): Promise<Check> {
  const [first = ""] = tables.keys();
  const dot = first.indexOf(".");
  const url = `${origin}${restPath}/${encodeURIComponent(first.slice(dot + 1))}`;
  const { publishable, shownAs } = keys;
  const headers = {
    ...(first !== "" && { "accept-profile": first.slice(0, dot) }),
    ...(shownAs.startsWith("apikey") && { apikey: publishable }),
    ...(shownAs === "bearer" && { authorization: `Bearer ${publishable}` }),
  };
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(`${url}?limit=0`, { headers, redirect: "manual", signal });
    return judge(response.status, await response.text(), origin);
  } catch (error) {
    const fix = "Check SUPABASE_URL, and that the project is not paused";
    return wrong("project", `${origin} cannot be reached: ${reasonOf(error)}`, fix);
  }
}

function judge(status: number, body: string, origin: string): Check {
  const answered = `${origin} answered ${status}: ${body.replaceAll(/\s+/g, " ").slice(0, 120)}`;
  if (status === PAUSED)
    return wrong("project", `${origin} is paused`, "Resume the project in the dashboard");
  if (status >= 500) return wrong("project", answered, "The project's logs may say more");
  // PostgREST itself refuses a role with a code of Postgres; whoever stands before it refuses a key without one.
  const code = codeOf(body);
  if (status === 401 && !/^(?:42501|PGRST)/.test(code)) {
    return wrong("project", answered, "Check SUPABASE_PUBLISHABLE_KEY: it must be this project's");
  }
  if (status === 404 && code === "") {
    return wrong("project", answered, "Check that SUPABASE_URL and origin.path lead to PostgREST");
  }
  return ok("project", `${origin} answers`);
}

function codeOf(body: string): string {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}
