import { nameOf } from "../../postgrest/footprint/needs/claim-closure.ts";
import type { Analysis } from "./ask-schema.ts";

/** What to do about functions that read who asks and are labelled IMMUTABLE. */
export function relabelFix(names: readonly string[]): string {
  return `Run: ${names.map((name) => `alter function ${name} stable`).join("; ")}`;
}

/**
 * How a function that cannot be looked into is to be written so that it can be, and why it is not, where the database says so.
 *
 * @param culprit its name, or its signature: `public.is_admin(uuid)`
 * @param analysis undefined: without capture, and then only query trees are understood
 */
export function rewriteFix(culprit: string, analysis: Analysis | undefined): string {
  const name = nameOf(culprit);
  const refused = Object.entries(analysis?.refusals ?? {}).find(([signature]) => isNamed(signature, name));
  const reason = analysis?.obstacle ?? refused?.[1];
  const why = reason === undefined ? "" : `${name} is not looked into: ${reason}. `;
  const isAnalysed = analysis !== undefined && analysis.obstacle === null;
  return `${why}Write it as LANGUAGE sql with ${isAnalysed ? "SET search_path = ''" : "BEGIN ATOMIC"}`;
}

/** A signature in the path that is searched has no schema. */
function isNamed(signature: string, name: string): boolean {
  const named = nameOf(signature);
  return named === name || named === name.slice(name.indexOf(".") + 1);
}
