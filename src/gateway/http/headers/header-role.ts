import { HOP_BY_HOP } from "../../../origin/hop-by-hop.ts";
import { TOKEN_HEADER } from "./token.ts";

/** What the configuration says about request headers; names in lower case. */
export interface HeaderSettings {
  readonly ignore: ReadonlySet<string>;
  readonly key: ReadonlySet<string>;
}

/**
 * What a request header means for a read. PostgREST shows every header to SQL (`request.headers`), so one that is
 * neither known to shape the answer nor known to say nothing about it keeps a read out of the cache.
 */
export type HeaderRole =
  | "shaping"
  | "keyed"
  | "silent"
  | "unkeyed"
  | "cookie"
  | "apikey"
  | "authorization"
  | "cache-control"
  | "if-none-match"
  | "token"
  | "body";

export function headerRole(name: string, configured: HeaderSettings): HeaderRole {
  const known = rolesOf(configured).get(name);
  if (known !== undefined) return known;
  for (const prefix of SILENT_PREFIXES) if (name.startsWith(prefix)) return "silent";
  return name === "cookie" ? "cookie" : "unkeyed";
}

/** Characters that all keyed headers of a request may have together: each is a part of what the keeper remembers. */
const KEYED_MAX_LENGTH = 2_048;

export function areTooLong(keyed: ReadonlyMap<string, string>): boolean {
  let length = 0;
  for (const value of keyed.values()) length += value.length;
  return length > KEYED_MAX_LENGTH;
}

/** All names whose role is known, by configuration: this is looked up for each header of each request. */
const KNOWN_ROLES = new WeakMap<HeaderSettings, ReadonlyMap<string, HeaderRole>>();

function rolesOf(configured: HeaderSettings): ReadonlyMap<string, HeaderRole> {
  const known = KNOWN_ROLES.get(configured);
  if (known !== undefined) return known;
  const roles = new Map<string, HeaderRole>();
  for (const name of SILENT) roles.set(name, "silent");
  for (const name of configured.ignore) roles.set(name, "silent");
  for (const name of configured.key) roles.set(name, "keyed");
  for (const [name, role] of ROLES) roles.set(name, role);
  KNOWN_ROLES.set(configured, roles);
  return roles;
}

/** Whether the configuration may say `ignore` or `key` about a header. */
export function isConfigurable(name: string): boolean {
  return !ROLES.has(name) && !HOP_BY_HOP.has(name);
}

/**
 * Headers that SQL must not read: not in the key, and not sent in a fill, though they reach the origin with a read that
 * passes through. Sorted; `cf-*` stands for all that begin so.
 */
export function silentHeaders(configured: HeaderSettings): string[] {
  const answered = [...ROLES].filter(([, role]) => ANSWERED.has(role)).map(([name]) => name);
  const names = [...SILENT, ...answered, ...configured.ignore];
  const heard = names.filter((name) => !HOP_BY_HOP.has(name) && !configured.key.has(name));
  return [...new Set([...heard, ...SILENT_PREFIXES.map((prefix) => `${prefix}*`)])].sort();
}

/** Asked of the gateway rather than of the origin. */
const ANSWERED: ReadonlySet<HeaderRole> = new Set<HeaderRole>(["cache-control", "if-none-match"]);

/** Roles that no configuration changes. */
const ROLES: ReadonlyMap<string, HeaderRole> = new Map<string, HeaderRole>([
  ["accept", "shaping"],
  ["accept-profile", "shaping"],
  ["prefer", "shaping"],
  ["range", "shaping"],
  ["range-unit", "shaping"],
  ["if-range", "shaping"],
  ["apikey", "apikey"],
  ["authorization", "authorization"],
  ["cache-control", "cache-control"],
  ["if-none-match", "if-none-match"],
  [TOKEN_HEADER, "token"],
  ["content-length", "body"],
  ["transfer-encoding", "body"],
]);

/**
 * Headers that say nothing about the answer: about the connection, the program that asks, the page it runs in,
 * proxies on the way, traces, and copies that the asker holds. None is sent on in a fill; an owner whose SQL does
 * read one (`accept-language`, say) names it in `headers.key`.
 */
const SILENT: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  // what the message itself is like
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "content-type",
  "date",
  "host",
  "max-forwards",
  "priority",
  // who asks, and from which page; Firefox sends alt-used, Android's WebView x-requested-with by itself
  "alt-used",
  "device-memory",
  "dnt",
  "downlink",
  "dpr",
  "ect",
  "origin",
  "purpose",
  "referer",
  "rtt",
  "save-data",
  "upgrade-insecure-requests",
  "user-agent",
  "viewport-width",
  "x-client-info",
  "x-requested-with",
  "x-retry-count",
  "x-supabase-api-version",
  // copies that the asker holds; a client's validators and its wish for a fresh answer are met by every answer
  "if-modified-since",
  "pragma",
  // proxies
  "cdn-loop",
  "forwarded",
  "true-client-ip",
  "via",
  "x-real-ip",
  // traces: W3C, Zipkin, Jaeger, Datadog, Sentry, New Relic, the clouds' own
  "b3",
  "baggage",
  "newrelic",
  "request-id",
  "sentry-trace",
  "traceparent",
  "tracestate",
  "uber-trace-id",
  "x-amzn-trace-id",
  "x-cloud-trace-context",
  "x-correlation-id",
  "x-request-id",
]);

/** `x-supabase-client-…`: the platform and its version, as the official clients said them in 2025 and 2026. */
const SILENT_PREFIXES: readonly string[] = [
  ...["cf-", "sec-", "x-b3-", "x-datadog-", "x-forwarded-", "x-supabase-client-"],
];
