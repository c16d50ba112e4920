/** Where a claim is in a token: `["app_metadata", "tenant"]`. Empty: the whole of it. */
export type ClaimPath = readonly string[];

/** Names in a path. The database tells no claim that is deeper inside the token (`tidemark_whoami`). */
export const MAX_CLAIM_DEPTH = 16;

/**
 * What a token says, by `pathText` of a claim's path: the claim's JSON text as Postgres prints `request.jwt.claims`, or
 * null where it is missing. `"\"a\""`, `1.0`, `null`.
 */
export type Claims = ReadonlyMap<string, string | null>;

/** A path as a key. */
export function pathText(path: ClaimPath): string {
  return JSON.stringify(path);
}

/** Whose eyes an answer is for: the role that reads, and the claims that matter. */
export interface ReaderClaims {
  readonly role: string;
  readonly claims: Claims;
}
