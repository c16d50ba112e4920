import { cacheStatus } from "../http/cache-status.ts";
import { withOwnOrigin } from "../http/headers/own-origin.ts";
import { printToken, TOKEN_HEADER } from "../http/headers/token.ts";
import type { RequestOutcome } from "../http/outcome.ts";
import { WITHOUT_BODY } from "../http/status.ts";
import type { ReadResult, RelayedResponse } from "../reader/bounded-read.ts";

type HeldResult = Extract<ReadResult, { kind: "held" }>;

/**
 * A cache downstream cannot be purged, so it must not keep anything: browsers revalidate every time (a 304 costs no
 * body), and shared caches do not store. Without a `Cache-Control`, Workers Cache would store it.
 */
const CACHE_CONTROL = "private, no-cache";
const VARY = "Accept, Accept-Profile, Authorization, Prefer, Range, apikey";

/** What a response depends on besides the stored entry. */
export interface ResponseContext {
  readonly head: boolean;
  readonly ifNoneMatch: string | null;
  readonly cors: Readonly<Record<string, string>>;
  /** The `Content-Location` that PostgREST would send to this very request; null when that is not known. */
  readonly contentLocation: string | null;
  /** Whether the as-of counts from commit (capture), not from the arrival of a webhook. */
  readonly proven: boolean;
}

/**
 * A stored entry as a response.
 *
 * @param age milliseconds since the answer was last known to be true, which is what RFC 9111 §5.1 means by "generated
 * or validated at the origin"
 */
export function answerHeld(
  { held, outcome, position }: HeldResult,
  age: number,
  context: ResponseContext,
): Response {
  const headers: Record<string, string> = {
    ...held.headers,
    ...context.cors,
    etag: held.etag,
    age: String(Math.max(0, Math.floor(age / 1_000))),
    "cache-control": CACHE_CONTROL,
    "cache-status": cacheStatus(outcome, context.proven),
    vary: varyOf(context),
  };
  // The stored one has the canonical spelling of the query, and is stored only where its form is known.
  if (headers["content-location"] !== undefined) {
    if (context.contentLocation === null) delete headers["content-location"];
    else headers["content-location"] = context.contentLocation;
  }
  if (position && context.proven) headers[TOKEN_HEADER] = printToken(position);
  if (context.ifNoneMatch !== null && held.status < 300 && matches(context.ifNoneMatch, held.etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(context.head ? null : held.body, { status: held.status, headers });
}

/** An origin's answer that is not stored, shared by all who asked for it at the same time. */
export function answerRelayed(
  response: RelayedResponse,
  outcome: RequestOutcome,
  context: ResponseContext,
): Response {
  const { status, headers: given, body } = response;
  const headers = new Headers({
    ...given,
    ...context.cors,
    "cache-control": "no-store",
    "cache-status": cacheStatus(outcome, context.proven),
    vary: varyOf(context),
  });
  if (!WITHOUT_BODY.has(status)) withOwnOrigin(headers);
  return new Response(context.head || WITHOUT_BODY.has(status) ? null : body, {
    status,
    headers,
    // The bytes are still encoded: send them as they are.
    ...(headers.has("content-encoding") && { encodeBody: "manual" }),
  });
}

function varyOf({ cors }: ResponseContext): string {
  return cors.vary === undefined ? VARY : `${VARY}, ${cors.vary}`;
}

/** Weak comparison, as RFC 9110 §13.1.2 asks for If-None-Match: an edge that compresses has made our tag weak. */
function matches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
