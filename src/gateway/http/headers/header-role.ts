import { HOP_BY_HOP } from "../../../origin/hop-by-hop.ts";
import { TOKEN_HEADER } from "./token.ts";

/** What the configuration says about request headers. Names are in lower case. */
export interface HeaderSettings {
  readonly ignore: ReadonlySet<string>;
  readonly key: ReadonlySet<string>;
}

/**
 * What a request header means for a read. PostgREST shows every header to SQL (`request.headers`), so a header that is
 * known neither to shape the answer nor to be irrelevant to it keeps the read out of the cache.
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

/** How many characters the keyed headers of a request may have together: the keeper remembers all of them. */
const KEYED_MAX_LENGTH = 2_048;

export function areTooLong(keyed: ReadonlyMap<string, string>): boolean {
  let length = 0;
  for (const value of keyed.values()) length += value.length;
  return length > KEYED_MAX_LENGTH;
}

/** The known roles by configuration, because they are looked up for each header of each request. */
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

/** Whether the configuration may list a header under `ignore` or `key`. */
export function isConfigurable(name: string): boolean {
  return !ROLES.has(name) && !HOP_BY_HOP.has(name);
}

/**
 * Headers that SQL must not read: they are neither in the key nor sent in a fill, but reach the origin with a read that
 * passes through. Sorted; `cf-*` stands for every name with that prefix.
 */
export function silentHeaders(configured: HeaderSettings): string[] {
  const answered = [...ROLES].filter(([, role]) => ANSWERED.has(role)).map(([name]) => name);
  const names = [...SILENT, ...answered, ...configured.ignore];
  const heard = names.filter((name) => !HOP_BY_HOP.has(name) && !configured.key.has(name));
  return [...new Set([...heard, ...SILENT_PREFIXES.map((prefix) => `${prefix}*`)])].sort();
}

/** Addressed to the gateway rather than to the origin. */
const ANSWERED: ReadonlySet<HeaderRole> = new Set<HeaderRole>(["cache-control", "if-none-match"]);

/** Roles that the configuration cannot change. */
const ROLES: ReadonlyMap<string, HeaderRole> = new Map<string, HeaderRole>([
  ["accept", "shaping"],
  ["accept-profile", "shaping"],
  ["content-profile", "shaping"],
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
 * Headers that do not affect the answer: they describe the connection, the client program, its page, proxies on the
 * way, traces, or the client's own copies. A fill sends none of them. An owner whose SQL does read one
 * (`accept-language`, say) names it in `headers.key`.
 */
const SILENT: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  // the message itself
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "content-type",
  "date",
  "host",
  "max-forwards",
  "priority",
  // the client and its page; Firefox adds alt-used by itself, Android's WebView x-requested-with
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
  // the client's own copies: every answer satisfies a validator or a wish for a fresh answer
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

/** `x-supabase-client-…` names the platform and its version, as the official clients send it (seen 2025 and 2026). */
const SILENT_PREFIXES: readonly string[] = [
  ...["cf-", "sec-", "x-b3-", "x-datadog-", "x-forwarded-", "x-supabase-client-"],
];
