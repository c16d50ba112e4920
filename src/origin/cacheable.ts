import type { Unshareable } from "../keeper/protocol/fill.ts";
import { HOP_BY_HOP } from "./hop-by-hop.ts";

/** Cookies that the network in front of an origin sets by itself: they say nothing about the answer. */
const EDGE_COOKIES = new Set([
  "__cf_bm",
  "_cfuvid",
  "__cfruid",
  "__cflb",
  "__cfseq",
  "cf_clearance",
  "__cfwaitingroom",
]);

/** Why a response must not be given to anyone but who asked; null when it may be shared. */
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

/** Whether the response depends only on request headers by which it may vary (RFC 9110 §12.5.5). */
export function variesWithin(headers: Headers, mayVaryBy: (name: string) => boolean): boolean {
  return listOf(headers.get("vary")).every((name) => name === "" || mayVaryBy(name));
}

/** Headers with these names, or `content-…`, describe the content; all others belong to a connection, an edge or a moment. */
const CONTENT_HEADERS = new Set(["link", "preference-applied", "proxy-status", "range-unit", "warning"]);
const NOT_CONTENT = new Set(["content-length", "content-encoding", "content-security-policy"]);

/** The headers worth keeping with a body, and those that the owner asks for. Names in lower case. */
export function contentHeaders(headers: Headers, wanted: ReadonlySet<string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const isContent = CONTENT_HEADERS.has(name) || (name.startsWith("content-") && !NOT_CONTENT.has(name));
    if (isContent || wanted.has(name)) kept[name] = value;
  }
  return kept;
}

/** Those of the connection, and those that the gateway answers for itself. */
const NOT_RELAYED = new Set([
  ...HOP_BY_HOP,
  ...["age", "cache-control", "content-length", "set-cookie", "vary"],
]);

/** Those of an answer that is passed on at once: what it says of the moment counts, too. */
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
