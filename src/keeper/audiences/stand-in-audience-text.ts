import { type ClaimPath, type Claims, pathText } from "../../postgrest/claims/claims.ts";

// STAND-IN until src/postgrest/claims is merged: `audienceText` and `isPersonal` come from there.

/** Injective: every part is preceded by its length, and a missing claim differs from every text (S6). */
export function audienceText(role: string, paths: readonly ClaimPath[], claims: Claims): string {
  const parts = paths.map(pathText).sort();
  const part = (text: string | null) => (text === null ? "-" : `${text.length}:${text}`);
  return [part(role), ...parts.flatMap((path) => [part(path), part(claims.get(path) ?? null)])].join("");
}

export function isPersonal(_role: string, paths: readonly ClaimPath[], _claims: Claims): boolean {
  return paths.length > 0;
}
