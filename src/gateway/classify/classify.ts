import { REST } from "../../keeper/protocol/constants.ts";
import type { Audience, CacheableRead } from "../../keeper/protocol/entry.ts";
import { canonicalSearch } from "../../postgrest/query/canonical.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import { postedSearch, printArguments, splitCall } from "../../postgrest/query/parse-call.ts";
import type { FunctionCall, Read } from "../../postgrest/query/read.ts";
import type { ResolvedConfig, ResolvedTable } from "../config/config.ts";
import { areTooLong } from "../http/headers/header-role.ts";
import type { BypassReason } from "../http/outcome.ts";
import { type Accepted, acceptedBy } from "../http/request/accept.ts";
import { type Preferences, printPreferences, readPreferences } from "../http/request/prefer.ts";
import { parseRows, printRows, type RowRange } from "../http/request/range.ts";
import { audienceOf, hasToken } from "./audience.ts";
import { type ReadRequest, readSignature, type Signature, signatureOf } from "./signature.ts";

export type Classified =
  | {
      readonly kind: "read";
      /** Of a read for those who sign in, the key is without its end, which tells whose answer it is. */
      readonly read: CacheableRead;
      readonly table: ResolvedTable;
      /** Whether it is a HEAD: the same entry, without its body. */
      readonly head: boolean;
      /**
       * A signed-in user reads a public table with embeds. `audience: "public"` is declared for a table, not for what the query
       * embeds, of which the user may see more: the answer serves only if all of its relations are public.
       */
      readonly publicOnly: boolean;
    }
  | {
      readonly kind: "bypass";
      readonly reason: BypassReason;
      /** The configured table that is read, `schema.table`. Null: there is none. */
      readonly table: string | null;
    };

/**
 * Whether a request is a read that the cache may answer, and which one. Pure, and never throws: PostgREST judges what
 * the parser does not know.
 *
 * @param path as `parseTarget` gives it, like `search`
 */
export function classify(
  request: ReadRequest,
  path: string,
  search: string,
  config: ResolvedConfig,
): Classified {
  return classifySignature(signatureOf(request, path, search, config), config);
}

/**
 * The same from the signature alone, which holds all that matters. So results may be memoised by it.
 *
 * @param body of a POST of a function, as `canonicalBody` prints it; null for all others
 */
export function classifySignature(
  signature: string,
  config: ResolvedConfig,
  body: string | null = null,
): Classified {
  const said = readSignature(signature);
  const head = said.method === "HEAD";
  const isPosted = said.method === "POST" && body !== null;
  if (!isPosted && ((!head && said.method !== "GET") || said.obstacles.has("body")))
    return bypass("only-writes", null);

  const [ownProfile, otherProfile] = isPosted ? [WRITE_PROFILE, READ_PROFILE] : [READ_PROFILE, WRITE_PROFILE];
  const target = readTarget(said.path, said.headers.get(ownProfile), config);
  if ("reason" in target) return bypass(target.reason, null);
  const { schema, relation, table, isFunction } = target;
  if (isPosted && !isFunction) return bypass("only-writes", null);

  const refuse = (reason: BypassReason) => bypass(reason, table.relation);

  const audience = audienceOf(said.credential, said.search, table, config.audiences);
  if (!isAudience(audience)) return refuse(audience);
  if (said.obstacles.has("cookie")) return refuse("cookie");
  // SQL sees the profile of the other methods, too.
  if (said.obstacles.has("unkeyed-header") || said.headers.has(otherProfile)) return refuse("unkeyed-header");
  if (said.obstacles.has("no-store")) return refuse("request-no-store");
  if (areTooLong(said.keyed)) return refuse("key-too-large");

  const accept = acceptedBy(said.headers.get("accept"));
  if (accept === undefined) return refuse("uncacheable-accept");
  const prefer = readPreferences(said.headers.get("prefer"), isFunction);
  if ("bypass" in prefer) return refuse(prefer.bypass);
  // PostgREST, like RFC 9110 §14.2, honours Range on GET only.
  const rows = said.method === "GET" ? parseRows(said.headers) : {};
  if (rows === undefined) return refuse("uncacheable-range");
  if (said.path.length + 1 + said.search.length > config.limits.maxUrlLength) return refuse("url-too-long");

  const asked = { schema, relation, search: said.search, ...shapeOf(accept, prefer, rows) };
  const understood = understand(asked, isFunction, body);
  if ("bypass" in understood) return refuse(understood.bypass);
  const { search, embeds, call } = understood;

  const place = isFunction ? `${REST}/rpc` : REST;
  const given = call?.method === "GET" ? printArguments(call.arguments) : "";
  const query = [given, search].filter((part) => part !== "").join("&");
  const path = `${place}/${encodeURIComponent(relation)}${query === "" ? "" : `?${query}`}`;
  // Quoting and encoding can make the path longer than it was, and too long for the origin.
  if (path.length > config.limits.maxUrlLength) return refuse("url-too-long");
  const headers = headersOf(said, accept, prefer, rows);
  const read: CacheableRead = {
    key: keyOf(path, audience, headers, body),
    path,
    headers,
    audience,
    relation: table.relation,
    asked: { ...asked, search, ...(call && { call }) },
  };
  const publicOnly = embeds && audience === "publishable" && hasToken(said.credential);
  return { kind: "read", read, table, head, publicOnly };
}

/** Which header names the schema: of a GET or HEAD, and of all other methods. */
const READ_PROFILE = "accept-profile";
export const WRITE_PROFILE = "content-profile";

function bypass(reason: BypassReason, table: string | null): Classified {
  return { kind: "bypass", reason, table };
}

function isAudience(audience: Audience | BypassReason): audience is Audience {
  return audience === "publishable" || audience === "legacy-anon" || audience === "signed-in";
}

interface ReadTarget {
  readonly schema: string;
  readonly relation: string;
  readonly table: ResolvedTable;
  readonly isFunction: boolean;
}

/** The configured table of `/rest/v1/<one segment>`, or the configured function of `/rest/v1/rpc/<one segment>`. */
export function readTarget(
  path: string,
  profile: string | undefined,
  config: ResolvedConfig,
): ReadTarget | { readonly reason: BypassReason } {
  const [, rpc, segment] = /^\/rest\/v1\/(rpc\/)?([^/]+)$/.exec(path) ?? [];
  if (segment === undefined) return { reason: "table-not-configured" };
  const isFunction = rpc !== undefined;
  const schema = profile ?? config.defaultSchema;
  const relation = decodeURIComponent(segment);
  const configured = isFunction
    ? config.functions.get(`${schema}.${relation}()`)
    : config.tables.get(`${schema}.${relation}`);
  if (configured === undefined || !config.schemas.has(schema))
    return { reason: isFunction ? "function-not-configured" : "table-not-configured" };
  return { schema, relation, table: configured, isFunction };
}

interface Understood {
  readonly search: string;
  /** Whether the answer shows other relations, too. */
  readonly embeds: boolean;
  readonly call: FunctionCall | undefined;
}

/** The canonical query, or why the query is left to PostgREST. */
function understand(
  asked: Read,
  isFunction: boolean,
  body: string | null,
): Understood | { readonly bypass: BypassReason } {
  try {
    const { call, search } = isFunction ? callIn(asked.search, body) : { call: undefined, ...asked };
    const query = parseQuery(asked.relation, search);
    const embeds = query.root.select.some((item) => item.kind === "embed");
    return { search: canonicalSearch(query), embeds, call };
  } catch {
    // Whatever made the parser give up, a cache that fails must not fail the read (I9).
    return { bypass: "unparsable" };
  }
}

function callIn(
  search: string,
  body: string | null,
): { readonly call: FunctionCall; readonly search: string } {
  if (body !== null) return { call: { method: "POST", body }, search: postedSearch(search) };
  const { arguments: given, search: rest } = splitCall(search);
  return { call: { method: "GET", arguments: given }, search: rest };
}

function shapeOf(accept: Accepted, { count, timezone }: Preferences, { from, to }: RowRange) {
  return {
    accept: accept.types,
    ...(from !== undefined && { range: { from, ...(to !== undefined && { to }) } }),
    ...(count !== undefined && { count }),
    ...(accept.isSingular && { single: true }),
    ...(timezone !== undefined && { timezone }),
  };
}

/**
 * The headers of a fill. It names the schema only if the request did, because PostgREST then names it in its answer.
 */
function headersOf(
  { headers, keyed }: Signature,
  accept: Accepted,
  prefer: Preferences,
  rows: RowRange,
): Readonly<Record<string, string>> {
  const profiles = [READ_PROFILE, WRITE_PROFILE].flatMap((name) => {
    const profile = headers.get(name);
    return profile === undefined ? [] : [[name, profile] as const];
  });
  const preferences = printPreferences(prefer);
  const range = printRows(rows);
  return {
    accept: accept.canonical,
    ...Object.fromEntries(profiles),
    ...(preferences !== "" && { prefer: preferences }),
    ...(range !== "" && { range, "range-unit": "items" }),
    ...Object.fromEntries(keyed),
  };
}

/**
 * The key of a read, such as `/rest/v1/articles?select=id publishable accept-profile:public accept:text/csv`. Paths and
 * encoded values hold no space or line break, and names hold no colon, so different reads have different keys.
 */
function keyOf(
  path: string,
  audience: Audience,
  headers: Readonly<Record<string, string>>,
  body: string | null,
): string {
  const parts = Object.entries(headers).map(([name, value]) => `${name}:${readable(value)}`);
  // No header's name is in capitals, so no GET has the key of a POST.
  if (body !== null) parts.push(`POST:${readable(body)}`);
  return [path, audience, ...parts.sort()].join(" ");
}

/** Encodes a value as readably as possible. Injective, because `%` and all white space are encoded. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(?:2F|2B|3D|3B|2C)/g, decodeURIComponent);
}
