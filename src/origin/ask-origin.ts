import type { OriginAnswer } from "../keeper/ports/ports.ts";
import { REST } from "../keeper/protocol/constants.ts";
import type { CacheableRead } from "../keeper/protocol/entry.ts";
import { contentLocation } from "../postgrest/query/content-location.ts";
import { hash32 } from "../runtime/hash.ts";
import { contentHeaders, relayedHeaders, unshareable, variesWithin } from "./cacheable.ts";
import { notStored } from "./not-stored.ts";
import { readUpTo } from "./read-capped.ts";

export interface OriginTarget {
  /** PostgREST's address without a trailing slash: `https://project.supabase.co/rest/v1`. */
  readonly url: string;
  /** Request headers that identify an anonymous reader of the read's audience. Names are in lower case. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Response headers kept with an entry besides those that describe its content. Names are in lower case. */
  readonly keptHeaders: ReadonlySet<string>;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  /** Whether an answer may be shared that varies by this request header. */
  readonly mayVaryBy: (name: string) => boolean;
}

/**
 * Asks the origin for a read, with canonical headers and the configured credentials, and nothing from a caller but, where
 * readers sign in, the token of one who waits. Never rejects, so no error prints it. The body is read whole, up to the cap, and hashed once: the hash is its entity tag from here on.
 */
export async function askOrigin(
  read: CacheableRead,
  token: string | null,
  target: OriginTarget,
): Promise<OriginAnswer> {
  const signal = AbortSignal.timeout(target.deadlineMs);
  try {
    const { call } = read.asked;
    const posted = call?.method === "POST" ? call.body : null;
    const response = await fetch(target.url + read.path.slice(REST.length), {
      ...(posted !== null && { method: "POST", body: posted }),
      headers: {
        ...read.headers,
        ...(posted !== null && { "content-type": "application/json" }),
        ...target.credentials,
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      redirect: "manual",
      signal,
    });
    const reason = unshareable(response.headers);
    const body = reason ? null : await readUpTo(response, target.maxBodyBytes);
    if (body === null) {
      // A body read up to the cap is locked, and already cancelled.
      await response.body?.cancel().catch(() => {});
      return { kind: "unshareable", reason: reason ?? "response-too-large" };
    }
    const { status } = response;
    const because = notStored(
      { status, headers: response.headers, body },
      read.headers.accept,
      call !== undefined,
    );
    if (because === null && !variesWithin(response.headers, target.mayVaryBy)) {
      return { kind: "unshareable", reason: "vary-unkeyed" };
    }
    const headers = because
      ? relayedHeaders(response.headers, because === "unknown-encoding")
      : storedHeaders(response.headers, read, target.keptHeaders);
    const etag = await entityTag(status, headers, body);
    return { kind: "response", response: { status, headers, etag, body, notStored: because } };
  } catch {
    return { kind: "failed", reason: signal.aborted ? "timeout" : "unreachable" };
  }
}

/**
 * `Content-Location` repeats the query as it was asked. If it is what PostgREST says for this query, each other query
 * that gets the same answer can be told its own. If not, it is dropped.
 */
function storedHeaders(
  headers: Headers,
  { asked }: CacheableRead,
  kept: ReadonlySet<string>,
): Record<string, string> {
  const stored = contentHeaders(headers, kept);
  const isKnown =
    asked.call === undefined && stored[LOCATION] === contentLocation(asked.relation, asked.search);
  if (!isKnown) delete stored[LOCATION];
  return stored;
}

const LOCATION = "content-location";

/**
 * A strong entity tag. It covers the status and content headers too: after a `304` the client keeps its old ones, and
 * the total in `Content-Range` can change while the page does not.
 */
async function entityTag(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: ArrayBuffer,
): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body), 0, 15);
  const described = hash32(`${status}${JSON.stringify(Object.entries(headers).sort())}`).toString(36);
  return `"${btoa(String.fromCharCode(...digest))}${described}"`;
}
