import { type ClaimPath, pathText } from "../../postgrest/claims/claims.ts";
import type { ReaderSet } from "../protocol/statistics.ts";

/**
 * The answers that stand or fall together when two readers' are compared (S10): those of one set of relations, for one role, by
 * the same claims.
 */
export function scopeOf(role: string, relations: readonly string[], paths: readonly ClaimPath[]): string {
  return JSON.stringify([role, relations.toSorted(), needsText(paths)]);
}

/** Claims as one text. */
export function needsText(paths: readonly ClaimPath[]): string {
  return JSON.stringify(paths.map(pathText));
}

/** What a scope is made of, for people. */
export function readersIn(scope: string): ReaderSet {
  const [role, relations, needs] = JSON.parse(scope) as [string, string[], string];
  const paths = (JSON.parse(needs) as string[]).map((text) => JSON.parse(text) as ClaimPath);
  return { role, relations, claims: paths.map((path) => path.join(".")) };
}
