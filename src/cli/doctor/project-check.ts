import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { reasonOf } from "../../relay/reason.ts";
import { type Check, ok, wrong } from "../check/check.ts";
import { askTable, refusesKey, type TableAnswer } from "../command/ask-table.ts";
import { isTimeout, silentFor } from "../command/deadline.ts";

/** Supabase's answer for a project that is paused. */
const PAUSED = 540;

/**
 * Whether PostgREST answers at the project's address, and takes the key. For a doctor without capture's secret, who cannot
 * ask more. Reads no row: of the first configured table, at most none are asked for.
 */
export async function checkProject(
  config: Pick<ResolvedConfig, "origin" | "restPath" | "keys" | "tables">,
): Promise<Check> {
  const { origin, tables } = config;
  const [first = ""] = tables.keys();
  try {
    return judge(await askTable(config, first), origin);
  } catch (error) {
    if (isTimeout(error)) {
      const fix = "Run doctor again; the project's logs may say more";
      return wrong("project", `${origin} ${silentFor()}`, fix);
    }
    const fix = "Check SUPABASE_URL, and that the project is not paused";
    return wrong("project", `${origin} cannot be reached: ${reasonOf(error)}`, fix);
  }
}

function judge(answer: TableAnswer, origin: string): Check {
  const { status, code, body, isJson } = answer;
  const answered = `${origin} answered ${status}: ${body.replaceAll(/\s+/g, " ").slice(0, 120)}`;
  if (status === PAUSED)
    return wrong("project", `${origin} is paused`, "Resume the project in the dashboard");
  if (status >= 500) return wrong("project", answered, "The project's logs may say more");
  if (refusesKey(answer)) {
    return wrong("project", answered, "Check SUPABASE_PUBLISHABLE_KEY: it must be this project's");
  }
  const isForeign = status < 400 ? !isJson : status === 404 && code === "";
  if (isForeign) {
    const fix = "Check that SUPABASE_URL and origin.path lead to PostgREST";
    return wrong("project", status === 404 ? answered : `no PostgREST is there: ${answered}`, fix);
  }
  return ok("project", `${origin} answers`);
}
