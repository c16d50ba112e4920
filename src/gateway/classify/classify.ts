import { REST } from "../../keeper/protocol/constants.ts";
import type { Audience, CacheableRead } from "../../keeper/protocol/entry.ts";
import { canonicalSearch } from "../../postgrest/query/canonical.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
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

/** The same from the signature alone, which holds all that matters. So results may be memoised by it. */
export function classifySignature(signature: string, config: ResolvedConfig): Classified {
  const said = readSignature(signature);
  const head = said.method === "HEAD";
  if ((!head && said.method !== "GET") || said.obstacles.has("body")) return bypass("only-writes", null);

  const target = targetOf(said, config);
  if (target === undefined) return bypass(isFunction(said.path) ? "function" : "table-not-configured", null);
  const { schema, relation, table } = target;

  const refuse = (reason: BypassReason) => bypass(reason, table.relation);

  const audience = audienceOf(said.credential, said.search, table, config.audiences);
  if (!isAudience(audience)) return refuse(audience);
  if (said.obstacles.has("cookie")) return refuse("cookie");
  if (said.obstacles.has("unkeyed-header")) return refuse("unkeyed-header");
  if (said.obstacles.has("no-store")) return refuse("request-no-store");
  if (areTooLong(said.keyed)) return refuse("key-too-large");

  const accept = acceptedBy(said.headers.get("accept"));
  if (accept === undefined) return refuse("uncacheable-accept");
  const prefer = readPreferences(said.headers.get("prefer"));
  if ("bypass" in prefer) return refuse(prefer.bypass);
  // PostgREST, like RFC 9110 §14.2, honours Range on GET only.
  const rows = head ? {} : parseRows(said.headers);
  if (rows === undefined) return refuse("uncacheable-range");
  if (said.path.length + 1 + said.search.length > config.limits.maxUrlLength) return refuse("url-too-long");

  const asked = { schema, relation, search: said.search, ...shapeOf(accept, prefer, rows) };
  const understood = understand(asked);
  if ("bypass" in understood) return refuse(understood.bypass);
  const { search, embeds } = understood;

  const path = `${REST}/${encodeURIComponent(relation)}${search === "" ? "" : `?${search}`}`;
  // Quoting and encoding can make the path longer than it was, and too long for the origin.
  if (path.length > config.limits.maxUrlLength) return refuse("url-too-long");
  const headers = headersOf(said, accept, prefer, rows);
  const read: CacheableRead = {
    key: keyOf(path, audience, headers),
    path,
    headers,
    audience,
    relation: table.relation,
    asked: { ...asked, search },
  };
  const publicOnly = embeds && audience === "publishable" && hasToken(said.credential);
  return { kind: "read", read, table, head, publicOnly };
}

function bypass(reason: BypassReason, table: string | null): Classified {
  return { kind: "bypass", reason, table };
}

function isAudience(audience: Audience | BypassReason): audience is Audience {
  return audience === "publishable" || audience === "legacy-anon" || audience === "signed-in";
}

/** The configured table of `/rest/v1/<one segment>`; undefined for `/rest/v1/rpc/…`, the root and everything else. */
function targetOf(said: Signature, config: ResolvedConfig) {
  const segment = /^\/rest\/v1\/([^/]+)$/.exec(said.path)?.[1];
  if (segment === undefined) return undefined;
  const schema = said.headers.get("accept-profile") ?? config.defaultSchema;
  const relation = decodeURIComponent(segment);
  const table = config.schemas.has(schema) ? config.tables.get(`${schema}.${relation}`) : undefined;
  return table === undefined ? undefined : { schema, relation, table };
}

function isFunction(path: string): boolean {
  return path.startsWith("/rest/v1/rpc/");
}

interface Understood {
  readonly search: string;
  /** Whether the answer shows other relations, too. */
  readonly embeds: boolean;
}

/** The canonical query, or why the query is left to PostgREST. */
function understand(asked: Read): Understood | { readonly bypass: BypassReason } {
  try {
    const query = parseQuery(asked.relation, asked.search);
    const embeds = query.root.select.some((item) => item.kind === "embed");
    return { search: canonicalSearch(query), embeds };
  } catch {
    // Whatever made the parser give up, a cache that fails must not fail the read (I9).
    return { bypass: "unparsable" };
  }
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
  const profile = headers.get("accept-profile");
  const preferences = printPreferences(prefer);
  const range = printRows(rows);
  return {
    accept: accept.canonical,
    ...(profile !== undefined && { "accept-profile": profile }),
    ...(preferences !== "" && { prefer: preferences }),
    ...(range !== "" && { range, "range-unit": "items" }),
    ...Object.fromEntries(keyed),
  };
}

/**
 * The key of a read, such as `/rest/v1/articles?select=id publishable accept-profile:public accept:text/csv`. Paths and
 * encoded values hold no space or line break, and names hold no colon, so different reads have different keys.
 */
function keyOf(path: string, audience: Audience, headers: Readonly<Record<string, string>>): string {
  const parts = Object.entries(headers).map(([name, value]) => `${name}:${readable(value)}`);
  return [path, audience, ...parts.sort()].join(" ");
}

/** Encodes a value as readably as possible. Injective, because `%` and all white space are encoded. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(?:2F|2B|3D|3B|2C)/g, decodeURIComponent);
}
