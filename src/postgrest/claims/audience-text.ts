import { unquote } from "../row/json-source.ts";
import { claimAt } from "./claim-at.ts";
import { type ClaimPath, type Claims, pathText } from "./claims.ts";

/**
 * Whose eyes an answer is for, as a text that no other role and no other values of these claims have (S6): each piece with
 * its length before it, a missing claim unlike any value. It holds the claims themselves, so it is never stored or shown.
 *
 * @throws when the claims do not tell one of the paths
 */
export function audienceText(role: string, paths: readonly ClaimPath[], claims: Claims): string {
  const told = new Map(paths.map((path) => [pathText(path), valueAt(claims, path)]));
  const sorted = [...told].sort(([a], [b]) => (a < b ? -1 : 1));
  const values = sorted.map(([path, value]) => `${piece(path)}${value === null ? "-" : `=${piece(value)}`}`);
  return `${piece(role)}${values.join("")}`;
}

/**
 * Whether the claims that matter say more of the reader than the role does. They do not if there are none, or if the only
 * one is `role` with the name of the role that reads, which is what PostgREST takes the role from.
 */
export function isPersonal(role: string, paths: readonly ClaimPath[], claims: Claims): boolean {
  return paths.some((path) => !isRole(path) || !isText(valueAt(claims, path), role));
}

/** Whether it is the claim by which PostgREST knows the role. */
export function isRole({ length, 0: first }: ClaimPath): boolean {
  return length === 1 && first === "role";
}

function isText(json: string | null, text: string): boolean {
  return json?.startsWith('"') === true && unquote(json) === text;
}

function valueAt(claims: Claims, path: ClaimPath): string | null {
  const value = claimAt(claims, path);
  if (value === undefined) throw new Error(`the claim ${pathText(path)} was not asked for`);
  return value;
}

function piece(text: string): string {
  return `${text.length}:${text}`;
}
