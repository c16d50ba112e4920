import type { Unshareable } from "./messages.ts";

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

const SINGLE_ROW = "application/vnd.pgrst.object+json";

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

/** Whether a status may be stored: 200, 206 (a counted page), and PostgREST's 406 when not exactly one row was found. */
export function isCacheableStatus(status: number, accept: string | undefined): boolean {
  return status === 200 || status === 206 || (status === 406 && (accept ?? "").includes(SINGLE_ROW));
}

/** Headers with these names, or `content-…`, describe the content; all others belong to a connection, an edge or a moment. */
const CONTENT_HEADERS = new Set(["preference-applied", "range-unit", "link"]);
const NOT_CONTENT = new Set(["content-length", "content-encoding", "content-security-policy"]);

/** The headers worth keeping with a body. */
export function contentHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (CONTENT_HEADERS.has(name) || (name.startsWith("content-") && !NOT_CONTENT.has(name)))
      kept[name] = value;
  }
  return kept;
}

/** Those of an error answer: it is passed on at once, so what it says of the moment counts, too. */
export function errorHeaders(headers: Headers): Record<string, string> {
  const kept = contentHeaders(headers);
  for (const name of ["retry-after", "www-authenticate", "proxy-status"]) {
    const value = headers.get(name);
    if (value !== null) kept[name] = value;
  }
  return kept;
}

function listOf(value: string | null): string[] {
  return (value ?? "").split(",").map((part) => part.trim().toLowerCase());
}
