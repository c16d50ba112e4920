import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { reasonOf } from "../../relay/reason.ts";
import { CommandError } from "../command/command-error.ts";

const DEADLINE_MS = 10_000;

/**
 * Asks the database's API whether it is there, as a reader would.
 *
 * @returns what is odd about its answer, for people; undefined: nothing
 * @throws CommandError when nothing answers
 */
export async function assertOriginAnswers({
  origin,
  restPath,
  keys,
}: Pick<ResolvedConfig, "origin" | "restPath" | "keys">): Promise<string | undefined> {
  const { publishable, shownAs } = keys;
  const headers = {
    ...(shownAs.startsWith("apikey") && { apikey: publishable }),
    ...(shownAs === "bearer" && { authorization: `Bearer ${publishable}` }),
  };
  let status: number;
  try {
    const response = await fetch(`${origin}${restPath}/`, {
      headers,
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    status = response.status;
  } catch (error) {
    const hint = "Is the project up, and its address right? A local one: supabase start";
    throw new CommandError(`SUPABASE_URL does not answer: ${origin}: ${reasonOf(error)}`, hint, {
      cause: error,
    });
  }
  // A project may hide its root from its publishable key, so 401 and 404 say nothing of reads.
  return status >= 500 ? `${origin} answers ${status}: is the project paused?` : undefined;
}
