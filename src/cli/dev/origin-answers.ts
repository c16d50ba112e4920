import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { reasonOf } from "../../relay/reason.ts";
import { askTable, readerHeaders, refusesKey } from "../command/ask-table.ts";
import { CommandError } from "../command/command-error.ts";
import { DEADLINE_MS, isTimeout } from "../command/deadline.ts";
import { configuredName } from "../command/project.ts";

/** More tables are not asked for one by one. */
const MAX_ASKED = 50;

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
  let status: number;
  try {
    const response = await fetch(`${origin}${restPath}/`, {
      headers: readerHeaders(keys),
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    status = response.status;
  } catch (error) {
    const hint = "Is the project up, and its address right? A local one: supabase start";
    const why = isTimeout(error) ? `nothing within ${DEADLINE_MS / 1_000} s` : reasonOf(error);
    throw new CommandError(`SUPABASE_URL does not answer: ${origin}: ${why}`, hint, { cause: error });
  }
  // A project may hide its root from its publishable key, so 401 and 404 say nothing of reads.
  return status >= 500 ? `${origin} answers ${status}: is the project paused?` : undefined;
}

/**
 * Asks for no row of each configured table, as a reader would.
 *
 * @returns what is odd about the tables, for people; empty: nothing
 * @throws CommandError when the key is not taken, so that no read can succeed
 */
export async function assertTablesAnswer(
  config: Pick<ResolvedConfig, "origin" | "restPath" | "keys" | "tables" | "defaultSchema">,
): Promise<readonly string[]> {
  const asked = [...config.tables.keys()].slice(0, MAX_ASKED);
  // One that does not answer has been reported by `assertOriginAnswers`, or answers later.
  const answers = await Promise.all(asked.map((table) => askTable(config, table).catch(() => undefined)));
  if (answers.some((answer) => answer !== undefined && refusesKey(answer))) {
    const hint = "It must be this project's: dashboard, Project Settings, API Keys, or supabase status";
    throw new CommandError(`${config.origin} does not take SUPABASE_PUBLISHABLE_KEY`, hint);
  }
  if (answers.some((answer) => answer !== undefined && answer.status < 400 && !answer.isJson)) {
    return [`${config.origin} does not answer as PostgREST does: check SUPABASE_URL, and origin.path`];
  }
  const absent = asked.filter((_, index) => ABSENT.has(answers[index]?.code ?? ""));
  return absent.map((table) => {
    const name = configuredName(table, config.defaultSchema);
    return `${name} is not in the database's API: check its spelling, and that the schema is exposed`;
  });
}

/** A table that PostgREST, or Postgres, does not know. https://docs.postgrest.org/en/stable/references/errors.html */
const ABSENT = new Set(["PGRST205", "42P01"]);
