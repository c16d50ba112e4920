import type { ReaderKeys, ResolvedConfig } from "../../gateway/config/config.ts";
import { DEADLINE_MS } from "./deadline.ts";
import { jsonOf } from "./json.ts";

/** What an API said when it was asked for no row of a table. */
export interface TableAnswer {
  readonly status: number;
  /** Postgres' or PostgREST's; empty when another, such as whoever stands before PostgREST, has answered. */
  readonly code: string;
  readonly body: string;
  /** False: a PostgREST would not have answered so, as a website does that has a page for every path. */
  readonly isJson: boolean;
}

/** The headers by which an anonymous reader shows the key. */
export function readerHeaders({ publishable, shownAs }: ReaderKeys): Readonly<Record<string, string>> {
  return {
    ...(shownAs.startsWith("apikey") && { apikey: publishable }),
    ...(shownAs === "bearer" && { authorization: `Bearer ${publishable}` }),
  };
}

/**
 * Asks PostgREST for no row of a table, as an anonymous reader would.
 *
 * @param relation `schema.name`; empty: the root
 * @throws Error when nothing answers
 */
export async function askTable(
  { origin, restPath, keys }: Pick<ResolvedConfig, "origin" | "restPath" | "keys">,
  relation: string,
): Promise<TableAnswer> {
  const dot = relation.indexOf(".");
  const response = await fetch(
    `${origin}${restPath}/${encodeURIComponent(relation.slice(dot + 1))}?limit=0`,
    {
      headers: {
        ...(relation !== "" && { "accept-profile": relation.slice(0, dot) }),
        ...readerHeaders(keys),
      },
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
    },
  );
  const body = await response.text();
  return { status: response.status, code: codeOf(body), body, isJson: jsonOf(body) !== undefined };
}

/** PostgREST itself refuses a role with a code of Postgres; whoever stands before it refuses a key without one. */
export function refusesKey({ status, code }: TableAnswer): boolean {
  return status === 401 && !/^(?:42501|PGRST)/.test(code);
}

function codeOf(body: string): string {
  const answer = jsonOf(body) as { readonly code?: unknown } | null | undefined;
  return typeof answer?.code === "string" ? answer.code : "";
}
