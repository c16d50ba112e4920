import { REST } from "../../../keeper/protocol/constants.ts";
import type { Target } from "../request/target.ts";

/** Origins that browsers may read from; `"*"` means all. */
export type AllowedOrigins = ReadonlySet<string> | "*";

/** Headers that pages may read besides those that the Fetch Standard gives them anyway. */
const EXPOSED = [
  "Age",
  "Cache-Status",
  "Content-Encoding",
  "Content-Location",
  "Content-Profile",
  "Content-Range",
  "Date",
  "ETag",
  "Location",
  "Preference-Applied",
  "Range-Unit",
  "Retry-After",
  "Server",
  "Tidemark-Token",
].join(", ");

const METHODS = "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS";

/** What `tidemark/client` adds after a write. Allowing it at once saves a second preflight. */
const AFTER_A_WRITE = "Cache-Control, If-None-Match, Tidemark-Token";

/** A day, as PostgREST has it; browsers cap it further. */
const MAX_AGE_SECONDS = "86400";

/** No browser sends a longer list of requested headers. */
const MAX_REQUESTED_LENGTH = 4_096;

type CorsHeaders = Readonly<Record<string, string>>;

const FOR_ALL: CorsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": EXPOSED,
};

const FOR_NONE: CorsHeaders = { vary: "Origin" };

/**
 * The CORS headers (Fetch Standard §3.2) of an answer to a page at `origin`; names in lower case. Credentials are
 * never allowed: keys travel in headers, not in cookies.
 */
export function corsHeaders(origin: string | null, allowed: AllowedOrigins): CorsHeaders {
  if (allowed === "*") return FOR_ALL;
  if (origin === null || !allowed.has(origin)) return FOR_NONE;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
    vary: "Origin",
  };
}

/** Replaces the CORS headers of an answer. What the origin exposes stays exposed. */
export function applyCors(headers: Headers, origin: string | null, allowed: AllowedOrigins): void {
  const exposed = headers.get("access-control-expose-headers");
  headers.delete("access-control-allow-origin");
  headers.delete("access-control-allow-credentials");
  for (const [name, value] of Object.entries(corsHeaders(origin, allowed))) {
    if (name === "vary") addToList(headers, "vary", value);
    else headers.set(name, value);
  }
  if (exposed !== null && headers.has("access-control-allow-origin")) {
    addToList(headers, "access-control-expose-headers", exposed);
  }
}

/** The same for a response whose headers may be immutable, such as a problem. */
export function withCors(response: Response, request: Request, allowed: AllowedOrigins): Response {
  const copy = new Response(response.body, response);
  applyCors(copy.headers, request.headers.get("origin"), allowed);
  return copy;
}

/**
 * Answers a browser's preflight for `/rest/v1` without asking the origin. Null for anything else: other products answer
 * their own preflights, and a bare `OPTIONS` asks PostgREST what a table allows.
 */
export function preflight(request: Request, { path }: Target, allowed: AllowedOrigins): Response | null {
  const asked = request.headers.get("access-control-request-method");
  if (request.method !== "OPTIONS" || asked === null || !path.startsWith(`${REST}/`)) return null;
  const headers = new Headers(corsHeaders(request.headers.get("origin"), allowed));
  headers.delete("access-control-expose-headers");
  addToList(headers, "vary", "Access-Control-Request-Headers");
  if (headers.has("access-control-allow-origin")) {
    headers.set("access-control-allow-methods", METHODS);
    headers.set("access-control-max-age", MAX_AGE_SECONDS);
    const requested = request.headers.get("access-control-request-headers") ?? "";
    headers.set("access-control-allow-headers", isListOfNames(requested) ? requested : "");
    addToList(headers, "access-control-allow-headers", AFTER_A_WRITE);
  }
  return new Response(null, { status: 204, headers });
}

/** Whether the text is what a browser writes, and so may be echoed: field names (RFC 9110 §5.1) separated by commas. */
function isListOfNames(text: string): boolean {
  return (
    text.length <= MAX_REQUESTED_LENGTH &&
    text.split(",").every((name) => /^[\t ]*[!#$%&'*+.^_`|~0-9A-Za-z-]+[\t ]*$/.test(name))
  );
}

/** Adds values to a list-valued header unless it has them already, in any case. */
export function addToList(headers: Headers, name: string, values: string): void {
  const present = headers.get(name);
  const parts = [present ?? "", values].flatMap((list) => list.split(",")).map((part) => part.trim());
  const seen = new Map<string, string>();
  for (const part of parts)
    if (part !== "" && !seen.has(part.toLowerCase())) seen.set(part.toLowerCase(), part);
  headers.set(name, [...seen.values()].join(", "));
}
