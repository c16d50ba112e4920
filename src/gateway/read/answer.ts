import { cacheStatus } from "../http/cache-status.ts";
import { printToken, TOKEN_HEADER } from "../http/headers/token.ts";
import type { Outcome } from "../http/outcome.ts";
import { WITHOUT_BODY } from "../http/status.ts";
import type { ReadResult, Relayed } from "../reader/read-order.ts";

type HeldResult = Extract<ReadResult, { kind: "held" }>;

/**
 * Nobody downstream may keep what cannot be purged there: browsers revalidate every time (a 304 costs no body),
 * shared caches do not store. Workers Cache would otherwise store what has no Cache-Control.
 */
const CACHE_CONTROL = "private, no-cache";
const VARY = "Accept, Accept-Profile, Authorization, Prefer, Range, apikey";

/** How an answer is put: what does not depend on the entry. */
export interface Manner {
  readonly head: boolean;
  readonly ifNoneMatch: string | null;
  readonly cors: Readonly<Record<string, string>>;
  /** What PostgREST would say in `Content-Location` to this very request; null: nobody knows. */
  readonly contentLocation: string | null;
  /** Whether the as-of counts from commit. */
  readonly proven: boolean;
}

/**
 * A stored entry as a response. `age` is in milliseconds: how long ago the answer was last known to be true, which
 * is what RFC 9111 §5.1 means by "generated or validated at the origin".
 */
export function answerHeld({ held, outcome, position }: HeldResult, age: number, manner: Manner): Response {
  const headers: Record<string, string> = {
    ...held.headers,
    ...manner.cors,
    etag: held.etag,
    age: String(Math.max(0, Math.floor(age / 1_000))),
    "cache-control": CACHE_CONTROL,
    "cache-status": cacheStatus(outcome, manner.proven),
    vary: varyOf(manner),
  };
  // The stored one tells of the canonical spelling; that there is one tells that its form is known.
  if (headers["content-location"] !== undefined) {
    if (manner.contentLocation === null) delete headers["content-location"];
    else headers["content-location"] = manner.contentLocation;
  }
  if (position && manner.proven) headers[TOKEN_HEADER] = printToken(position);
  if (manner.ifNoneMatch !== null && held.status < 300 && matches(manner.ifNoneMatch, held.etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(manner.head ? null : held.body, { status: held.status, headers });
}

/** An origin's answer that is not stored, shared by those who asked for it at once. */
export function answerRelayed(response: Relayed, outcome: Outcome, manner: Manner): Response {
  const { status, headers, body } = response;
  return new Response(manner.head || WITHOUT_BODY.has(status) ? null : body, {
    status,
    headers: {
      ...headers,
      ...manner.cors,
      "cache-control": "no-store",
      "cache-status": cacheStatus(outcome, manner.proven),
      vary: varyOf(manner),
    },
    // Bytes in an encoding that nobody has undone go out as they are.
    ...(headers["content-encoding"] !== undefined && { encodeBody: "manual" }),
  });
}

function varyOf({ cors }: Manner): string {
  return cors.vary === undefined ? VARY : `${VARY}, ${cors.vary}`;
}

/** Weak comparison, as RFC 9110 §13.1.2 asks for If-None-Match; an edge that compresses has made our tag weak. */
function matches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
