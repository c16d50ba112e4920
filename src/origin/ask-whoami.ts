import * as v from "valibot";
import type { NotTold, WhoAmI } from "../keeper/ports/ports.ts";
import type { ClaimPath } from "../postgrest/claims/claims.ts";
import { type DatabaseTarget, postFunction } from "./ask-database.ts";
import { readUpTo } from "./read-capped.ts";

/** Far more than the claims of a token that fits into a header, told several times. */
const MAX_ANSWER_BYTES = 1_000_000;

/** How Postgres says that a role may not call the function. PostgREST has then accepted the token. */
const INSUFFICIENT_PRIVILEGE = '"42501"';

const whoamiAnswer = v.object({
  role: v.pipe(v.string(), v.nonEmpty()),
  exp: v.nullable(v.string()),
  claims: v.array(v.nullable(v.string())),
});

/**
 * Asks the database who shows this token (S1). The call carries the project's key and this token, and nothing of the
 * keeper's: neither its token nor its secret. Never rejects.
 *
 * @param token of the reader, whom PostgREST then judges by its own rules
 * @param paths of the claims to tell
 * @returns "refused" when PostgREST does not accept the token, "forbidden" when its role may not ask; "failed" when there
 * is no answer, or not one as expected
 */
export async function askWhoami(
  { secret: _, credentials, ...target }: DatabaseTarget,
  token: string,
  paths: readonly ClaimPath[],
): Promise<WhoAmI | NotTold> {
  try {
    // Instead of the keeper's own token.
    const asReader = { ...credentials, authorization: `Bearer ${token}` };
    const response = await postFunction({ ...target, credentials: asReader }, "tidemark_whoami", { paths });
    const body = await readUpTo(response, MAX_ANSWER_BYTES);
    if (body === null) {
      await response.body?.cancel().catch(() => {});
      return "failed";
    }
    const text = new TextDecoder().decode(body);
    if (response.status === 401 || response.status === 403) {
      return text.includes(INSUFFICIENT_PRIVILEGE) ? "forbidden" : "refused";
    }
    if (response.status !== 200) return "failed";
    const answer = v.safeParse(whoamiAnswer, JSON.parse(text));
    if (!answer.success || answer.output.claims.length !== paths.length) return "failed";
    const { role, exp, claims } = answer.output;
    return { role, exp: secondsOf(exp), claims };
  } catch {
    return "failed";
  }
}

/** A claim's JSON as epoch seconds. Null: it is missing, or no integer, or written as something else, as in `1e9`. */
function secondsOf(json: string | null): number | null {
  if (json === null || !/^[1-9]\d*$/.test(json)) return null;
  const seconds = Number(json);
  return Number.isSafeInteger(seconds) ? seconds : null;
}
