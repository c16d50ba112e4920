import type { ClaimPath } from "../../postgrest/claims/claims.ts";
import { parseDuration } from "../../runtime/duration.ts";
import { qualified, type ResolvedAudiences, type TidemarkConfig } from "./config.ts";

/** With a token, Supabase reads as this role. */
const SIGNED_IN = "authenticated";

/**
 * Whose reads are cached of those who sign in. Sorted, so that the order in which things are written does not matter.
 *
 * @param captures changes are pulled from the database: without that, nobody knows when an answer may be shared
 */
export function audiencesOf(
  { audiences: given = {}, functions = {} }: TidemarkConfig,
  captures: boolean,
  defaultSchema: string,
): ResolvedAudiences {
  const { roles = [SIGNED_IN], recheck = "5m", staleIfError = false, claims = {} } = given || { roles: [] };
  const byFunction = Object.entries(functions).flatMap(([name, settings]) =>
    settings === true || settings.claims === undefined ? [] : [[name, settings.claims] as const],
  );
  const paths = [...Object.entries(claims), ...byFunction].map(
    ([name, read]) => [qualified(name, defaultSchema), pathsOf(read)] as const,
  );
  return {
    roles: captures ? [...new Set(roles)].sort() : [],
    recheckMs: parseDuration(recheck),
    staleIfError,
    claims: new Map(paths),
  };
}

function pathsOf(claims: readonly string[]): readonly ClaimPath[] {
  return [...new Set(claims)].sort().map((claim) => claim.split("."));
}
