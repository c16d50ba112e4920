import { notStored } from "../keeper/fills/not-stored.ts";
import type { OriginAnswer } from "../keeper/ports/ports.ts";
import { REST } from "../keeper/protocol/constants.ts";
import type { CacheableRead } from "../keeper/protocol/entry.ts";
import { contentLocation } from "../postgrest/query/content-location.ts";
import { hash32 } from "../runtime/hash.ts";
import { contentHeaders, relayedHeaders, unshareable, variesWithin } from "./cacheable.ts";

export interface OriginTarget {
  /** PostgREST's address, no trailing slash: `https://project.supabase.co/rest/v1`. */
  readonly url: string;
  /** Request headers by which an anonymous reader of the read's audience is known. Names in lower case. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Response headers that are kept with an entry besides those that describe it. Names in lower case. */
  readonly keptHeaders: ReadonlySet<string>;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  /** Whether an answer that varies by this request header may be shared. */
  readonly mayVaryBy: (name: string) => boolean;
}

/**
 * Asks the origin for a read: canonical headers and the configured credentials, nothing of any caller's. Never rejects.
 * The body is read whole, up to the cap, and hashed once: the hash is its entity tag from here on.
 */
export async function askOrigin(read: CacheableRead, target: OriginTarget): Promise<OriginAnswer> {
  const signal = AbortSignal.timeout(target.deadlineMs);
  try {
    const response = await fetch(target.url + read.path.slice(REST.length), {
      headers: { ...read.headers, ...target.credentials },
      redirect: "manual",
      signal,
    });
    const reason = unshareable(response.headers);
    const body = reason ? null : await readUpTo(response, target.maxBodyBytes);
    if (body === null) {
      // Read up to the cap it is locked, and cancelled already.
      await response.body?.cancel().catch(() => {});
      return { kind: "unshareable", reason: reason ?? "response-too-large" };
    }
    const { status } = response;
    const because = notStored({ status, headers: response.headers, body }, read.headers.accept);
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
 * `Content-Location` repeats the query as it was asked. Where it is what we know PostgREST to say of this one, others
 * that have this very answer can be told theirs; else nobody is.
 */
function storedHeaders(
  headers: Headers,
  { asked }: CacheableRead,
  kept: ReadonlySet<string>,
): Record<string, string> {
  const stored = contentHeaders(headers, kept);
  if (stored[LOCATION] !== contentLocation(asked.relation, asked.search)) delete stored[LOCATION];
  return stored;
}

const LOCATION = "content-location";

/** The whole body, or null as soon as it is known to exceed the cap. */
async function readUpTo(response: Response, maxBytes: number): Promise<ArrayBuffer | null> {
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) return null;
  if (!response.body) return new ArrayBuffer(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body.buffer;
}

/**
 * A strong entity tag. The status and content headers count too: a `304` keeps the client's old ones, and the
 * total in `Content-Range` can change while the page does not.
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
