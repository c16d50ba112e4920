/** Longer tokens do not fit into what servers accept as a header, and would cost their hash for nothing. */
const MAX_TOKEN_LENGTH = 8_192;

const SCHEME = "Bearer ";

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

/** By this a token is remembered: its SHA-256, in base64. */
export async function digestOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(token));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
