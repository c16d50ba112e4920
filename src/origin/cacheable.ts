import type { Unshareable } from "../keeper/protocol/fill.ts";
import { HOP_BY_HOP } from "./hop-by-hop.ts";

/** Cookies that Cloudflare's network in front of an origin sets. They say nothing about the answer. */
const EDGE_COOKIES = new Set([
  "__cf_bm",
  "_cfuvid",
  "__cfruid",
  "__cflb",
  "__cfseq",
  "cf_clearance",
  "__cfwaitingroom",
]);

/** Why a response must go to no one but its requester. Null: it may be shared. */
export function unshareable(headers: Headers): Unshareable | null {
  const directives = listOf(headers.get("cache-control"));
  if (directives.includes("no-store")) return "response-no-store";
  if (directives.some((directive) => directive === "private" || directive.startsWith("private="))) {
    return "response-private";
  }
  if (listOf(headers.get("vary")).includes("*")) return "vary-star";
  const foreign = headers
    .getSetCookie()
    .some((cookie) => !EDGE_COOKIES.has(cookie.split("=", 1)[0]?.trim() ?? ""));
  return foreign ? "set-cookie" : null;
}

/** Whether the response depends only on request headers that it may vary by (RFC 9110 §12.5.5). */
export function variesWithin(headers: Headers, mayVaryBy: (name: string) => boolean): boolean {
  return listOf(headers.get("vary")).every((name) => name === "" || mayVaryBy(name));
}

/** These headers, and `content-…`, describe the content. All others belong to a connection, an edge or a moment. */
const CONTENT_HEADERS = new Set(["link", "preference-applied", "proxy-status", "range-unit", "warning"]);
const NOT_CONTENT = new Set(["content-length", "content-encoding", "content-security-policy"]);

/** The headers to keep with a body, including those that the owner asks for. Names are in lower case. */
export function contentHeaders(headers: Headers, wanted: ReadonlySet<string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const isContent = CONTENT_HEADERS.has(name) || (name.startsWith("content-") && !NOT_CONTENT.has(name));
    if (isContent || wanted.has(name)) kept[name] = value;
  }
  return kept;
}

/** Headers of the connection, and headers that the gateway sets itself. */
const NOT_RELAYED = new Set([
  ...HOP_BY_HOP,
  ...["age", "cache-control", "content-length", "set-cookie", "vary"],
]);

/** The headers of an answer that is passed on at once. Headers of the moment are kept too. */
export function relayedHeaders(headers: Headers, isEncoded: boolean): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (NOT_RELAYED.has(name) || name.startsWith("access-control-")) continue;
    if (name !== "content-encoding" || isEncoded) kept[name] = value;
  }
  return kept;
}

function listOf(value: string | null): string[] {
  return (value ?? "").split(",").map((part) => part.trim().toLowerCase());
}
