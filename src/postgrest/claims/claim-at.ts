import { objectMembers } from "../row/json-source.ts";
import { type ClaimPath, type Claims, pathText } from "./claims.ts";

/**
 * The JSON text of a claim, or null where it is missing. Undefined when these claims do not tell: neither the claim nor
 * anything that contains it was asked for.
 */
export function claimAt(claims: Claims, path: ClaimPath): string | null | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const known = claims.get(pathText(path.slice(0, length)));
    if (known !== undefined) return memberAt(known, path.slice(length));
  }
  return undefined;
}

/** Postgres' `#>`. Undefined where a step may be the index of an array. */
function memberAt(json: string | null, path: ClaimPath): string | null | undefined {
  let at = json;
  for (const step of path) {
    if (at === null) return null;
    if (isIndex(step)) return undefined;
    at = objectMembers(at)?.[step] ?? null;
  }
  return at;
}

/** Whether `#>` may take the step for an index. `->` with a text never does, so both find the same only without such steps. */
export function isIndex(step: string): boolean {
  return /^\s*[+-]?\d/.test(step);
}
