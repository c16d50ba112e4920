import { sha256 } from "@noble/hashes/sha2.js";

/** Longer tokens do not fit into what servers accept as a header, and would cost their hash for nothing. */
const MAX_TOKEN_LENGTH = 8_192;

export const SCHEME = "Bearer ";

/** RFC 6750 §2.1. Neither blank nor comma: two headers, which arrive as one with a comma between, never match. */
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The token of an `Authorization` header. Null unless it is one bearer's, spelled as every client does: what PostgREST
 * would make of anything else is not for us to guess.
 */
export function bearerTokenOf(authorization: string | null): string | null {
  if (authorization === null || authorization.length > SCHEME.length + MAX_TOKEN_LENGTH) return null;
  if (!authorization.startsWith(SCHEME)) return null;
  const token = authorization.slice(SCHEME.length);
  return B64TOKEN.test(token) ? token : null;
}

const encoder = new TextEncoder();

/** Nothing in it outlives a call but the text of a token, which the next one overwrites. */
const bytes = new Uint8Array(MAX_TOKEN_LENGTH);

/**
 * By this a token of `bearerTokenOf` is remembered: its SHA-256, in base64. At once: `crypto.subtle` gives a promise,
 * which costs a hit more than the digest itself.
 */
export function digestOf(token: string): string {
  const { written } = encoder.encodeInto(token, bytes);
  return btoa(String.fromCharCode(...sha256(bytes.subarray(0, written))));
}
