import { REST } from "../../../keeper/protocol/constants.ts";

/** Path and query of a request. */
export interface Target {
  /** From the first `/`: printable ASCII, without dot segments, empty segments or encoded separators. */
  readonly path: string;
  /** The raw query string, without `?`; printable ASCII. */
  readonly search: string;
}

/** Why a target is refused; `code` is the code of the problem to answer with. */
export interface TargetRefusal {
  readonly code: "bad-path" | "url-too-long";
  readonly detail: string;
}

/** Everything below it is the gateway's own. */
export const OWN = "/_tidemark/";

/** Cloudflare's own limit (developers.cloudflare.com/workers/platform/limits, "URL length 16 KB"). */
export const MAX_URL_LENGTH = 16_384;

/**
 * Parses a raw request URL by hand. `new URL` would be ten times slower and, worse, would repair it: it resolves dot
 * segments, turns backslashes around, and `new URL("//evil.example/x", origin)` goes to evil.example. A URL that two
 * programs on the way could read differently is refused instead.
 */
export function parseTarget(url: string): Target | TargetRefusal {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const question = url.indexOf("?");
  if (start < 0 || (question >= 0 && question < start)) return badPath("the URL has no path");
  const path = url.slice(start, question < 0 ? undefined : question);
  const search = question < 0 ? "" : url.slice(question + 1);
  if (path.length + search.length >= MAX_URL_LENGTH) {
    return { code: "url-too-long", detail: `the URL is longer than ${MAX_URL_LENGTH} characters` };
  }
  if (PLAIN_PATH.test(path) && PLAIN_SEARCH.test(search)) return { path, search };
  return examine(path, search);
}

export function isRefusal(target: Target | TargetRefusal): target is TargetRefusal {
  return "code" in target;
}

/** Supabase's products, by the first segment of their paths. */
export const PRODUCTS = ["rest", "auth", "graphql", "storage", "functions", "realtime"] as const;
export type Product = (typeof PRODUCTS)[number];

/** The product that a path belongs to; undefined when it is not Supabase's. */
export function productOf({ path }: Target): Product | undefined {
  return PRODUCTS.find((name) => isUnder(path, `/${name}/v1`));
}

/**
 * Clients may also use PostgREST's own path at the origin (`restPath`), which means the same as `/rest/v1`. The
 * gateway's own paths and Supabase's keep their meaning.
 */
export function asRest(target: Target, restPath: string): Target {
  const { path, search } = target;
  if (restPath === REST || productOf(target) !== undefined || isUnder(path, "/_tidemark")) return target;
  return isUnder(path, restPath) ? { path: REST + path.slice(restPath.length), search } : target;
}

/** The target's URL at the origin. It joins text and resolves nothing, so no path can leave the origin. */
export function originUrl(
  { origin, restPath }: { readonly origin: string; readonly restPath: string },
  { path, search }: Target,
): string {
  const url = origin + (isUnder(path, REST) ? restPath + path.slice(REST.length) : path);
  return search === "" ? url : `${url}?${search}`;
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Paths that need no second look: no percent, no dot, no empty segment. */
const PLAIN_PATH = /^(?:\/[\w~!$&'()*+,;=:@-]+)+\/?$/;
const PLAIN_SEARCH = /^[!"$-~]*$/;

function examine(path: string, search: string): Target | TargetRefusal {
  // The URL parser drops tabs and line breaks and cuts off a fragment; what is checked must be what is sent.
  if (hasControl(path) || hasControl(search))
    return badPath("the URL contains a control character or a blank");
  if (path.includes("#") || search.includes("#")) return badPath("the URL contains a fragment");
  if (path.includes("//")) return badPath("the path contains an empty segment (//)");
  if (path.includes("\\") || /%5c/i.test(path)) return badPath("the path contains a backslash");
  if (/%2f/i.test(path)) return badPath("the path contains an encoded slash (%2F)");

  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return badPath("the path contains a percent sign that does not begin an encoded UTF-8 character");
  }
  if (hasControl(decoded.replaceAll(" ", "")))
    return badPath("the path contains an encoded control character");
  if (decoded.split("/").some((segment) => segment === "." || segment === "..")) {
    return badPath("the path contains a dot segment");
  }

  const asciiPath = ascii(path);
  const asciiSearch = ascii(search);
  if (asciiPath === undefined || asciiSearch === undefined) return badPath("the URL is not valid UTF-8");
  return { path: asciiPath, search: asciiSearch };
}

function badPath(detail: string): TargetRefusal {
  return { code: "bad-path", detail };
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}

/** Percent-encodes raw non-ASCII characters, which lenient clients send, as any URL parser would. */
function ascii(text: string): string | undefined {
  // The platform puts U+FFFD where it found bytes that are not UTF-8.
  if (text.includes("\ufffd")) return undefined;
  try {
    return text.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent);
  } catch {
    return undefined;
  }
}
