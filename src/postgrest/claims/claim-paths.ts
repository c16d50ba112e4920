import { isIndex } from "./claim-at.ts";
import { type ClaimPath, pathText } from "./claims.ts";

/** Claims that another token of the same person in the same session has otherwise. */
const VOLATILE: ReadonlySet<string> = new Set(["exp", "iat", "nbf", "jti", "session_id", "amr"]);

/** Whether the claim differs in every token: then nothing that depends on it can be shared. */
export function isVolatile([first]: ClaimPath): boolean {
  return first === undefined || VOLATILE.has(first);
}

/** The path up to the first step that may be the index of an array: there `->` and `#>` find different things. */
export function withoutIndexes(path: ClaimPath): ClaimPath {
  const at = path.findIndex(isIndex);
  return at < 0 ? path : path.slice(0, at);
}

/** Each path once, sorted, without those that are inside another: the value of that one contains theirs. */
export function reducedPaths(paths: Iterable<ClaimPath>): readonly ClaimPath[] {
  const byText = new Map([...paths].map((path) => [pathText(path), path]));
  const isInside = (path: ClaimPath) => path.some((_, length) => byText.has(pathText(path.slice(0, length))));
  const kept = [...byText].filter(([, path]) => !isInside(path));
  return kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}
