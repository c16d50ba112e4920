import * as v from "valibot";
import { isVolatile } from "../../postgrest/claims/claim-paths.ts";
import { parseDuration } from "../../runtime/duration.ts";
import { isConfigurable } from "../http/headers/header-role.ts";
import { mayBeKept } from "../http/headers/kept-headers.ts";
import { type ConfigIssue, LOCATION_HINTS, ORIGIN_KEYS } from "./config.ts";
import { meantDuration } from "./meant-duration.ts";
import { suggestion } from "./suggestion.ts";

/** What is wrong with the single fields of a configuration; empty when it has the shape of `TidemarkConfig`. */
export function shapeIssues(config: unknown): readonly ConfigIssue[] {
  const result = v.safeParse(configShape, config);
  return result.success ? [] : result.issues.map(described);
}

const relationName = v.pipe(
  v.string("is not a string"),
  // A schema's name holds no dot, because "schema.table" is split at the first one.
  v.regex(/^[^.]+(?:\..+)?$/, "is not the name of a relation"),
);

// PostgREST splits `db-schemas` at commas and trims. A name must fit into `Accept-Profile`. No dots, as above.
const schemaName = v.pipe(
  v.string("is not a string"),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no header may hold
  v.regex(/^[^\s,.](?:[^,.\x00-\x1f\x7f]*[^\s,.])?$/, "is not the name of a schema"),
);

const NO_DURATION = "is not a duration";

const duration = v.pipe(
  v.union([v.number(), v.string()], NO_DURATION),
  v.check((value) => milliseconds(value) !== undefined, NO_DURATION),
);

const positiveDuration = v.pipe(
  duration,
  v.check((value) => milliseconds(value) !== 0, "is not longer than 0"),
);

const tableShape = v.strictObject({
  freshness: v.optional(duration),
  ttl: v.optional(positiveDuration),
  staleIfError: v.optional(duration),
  audience: v.optional(v.picklist(["key", "public"], "is not an audience")),
  dependsOn: v.optional(v.array(relationName, "is not a list")),
});

const token = v.pipe(
  v.string("is not a string"),
  // RFC 9110 §5.6.2
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not the name of a header"),
);

const headerName = v.pipe(
  token,
  v.check((name) => isConfigurable(name.toLowerCase()), "is a header whose meaning is fixed"),
);

const headerNames = v.optional(v.array(headerName, "is not a list"));

const keptHeaders = v.optional(
  v.array(
    v.pipe(
      token,
      v.check((name) => mayBeKept(name.toLowerCase()), "is a header that the gateway answers for itself"),
    ),
    "is not a list",
  ),
);

const originPath = v.pipe(
  v.string("is not a string"),
  v.regex(/^\/(?:[\w~!$&'()*+,;=:@.-]+(?:\/[\w~!$&'()*+,;=:@.-]+)*)?$/, "is not a plain path"),
  v.check((path) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path), "contains a dot segment"),
  // Otherwise a request's path could mean two things.
  v.check((path) => !/^\/(?:_tidemark|rest\/v1\/)/.test(path), "is a path that the gateway itself serves"),
);

function count(least: number, most: number) {
  return v.optional(
    v.pipe(
      v.number("is not a number"),
      v.integer("is not a whole number"),
      v.minValue(least, `is less than ${least}`),
      v.maxValue(most, `is more than ${most}`),
    ),
  );
}

const webOrigin = v.pipe(
  v.string("is not a string"),
  v.check(
    (text) => text === "*" || (URL.canParse(text) && new URL(text).origin === text),
    "is not an origin",
  ),
);

const roleName = v.pipe(
  v.string("is not a string"),
  v.minLength(1, "is empty"),
  v.check((role) => role !== "service_role", "sees every row, whatever policies say"),
);

const functionName = v.pipe(
  v.string("is not a string"),
  v.regex(/^[^.()]+(?:\.[^()]+)?$/, "is not the name of a function"),
);

const VOLATILE_CLAIM = "is another one in each token";

const claimName = v.pipe(
  v.string("is not a string"),
  v.regex(/^[^.]+(?:\.[^.]+)*$/, "is not the name of a claim"),
  v.check((claim) => !isVolatile(claim.split(".")), VOLATILE_CLAIM),
);

/** The members' schema, for an object only: valibot takes a list for an object with numbers for keys. */
function objectOf<Shape extends v.GenericSchema>(shape: Shape, message: string) {
  const refused = v.custom<v.InferInput<Shape>>(() => false, message);
  return v.lazy((given) => (Array.isArray(given) ? refused : shape));
}

const audiencesShape = v.strictObject(
  {
    roles: v.optional(v.array(roleName, "is not a list")),
    recheck: v.optional(positiveDuration),
    staleIfError: v.optional(v.boolean("is neither true nor false")),
    claims: v.optional(
      objectOf(
        v.record(functionName, v.array(claimName, "is not a list"), "is not an object"),
        "is not an object",
      ),
    ),
  },
  "is not an object",
);

const configShape = v.strictObject(
  {
    schemas: v.optional(v.pipe(v.array(schemaName, "is not a list"), v.minLength(1, "is empty"))),
    tables: v.record(
      relationName,
      v.lazy((table) => (table === true ? v.literal(true) : tableShape)),
      "is not an object of tables",
    ),
    origin: v.optional(
      v.strictObject({
        path: v.optional(originPath),
        key: v.optional(v.picklist(ORIGIN_KEYS, "is not a way to show a key")),
        anonRole: v.optional(v.pipe(v.string("is not a string"), v.minLength(1, "is empty"))),
      }),
    ),
    audiences: v.optional(
      v.lazy((audiences) =>
        // An empty list would otherwise mean the default, which is everybody who signs in.
        audiences === false ? v.literal(false) : objectOf(audiencesShape, "is not an object"),
      ),
    ),
    headers: v.optional(v.strictObject({ ignore: headerNames, key: headerNames, response: keptHeaders })),
    limits: v.optional(
      v.strictObject({
        // A SQLite row of a Durable Object holds 2 MB.
        maxBodyBytes: count(1, 1_500_000),
        maxUrlLength: count(1, 16_384),
        // An isolate has 128 MB.
        memoryBytes: count(0, 100_000_000),
        memoryEntries: count(0, 1_000_000),
        maxKeys: count(1, 1_000_000),
        // At least one key of any size must fit; a Durable Object has 128 MB.
        registryBytes: count(1_000_000, 64_000_000),
        newKeysPerClientPerMinute: count(0, 1_000_000),
        kvWritesPerDay: count(0, 1_000_000_000),
        refillsPerMinute: count(0, 1_000_000),
      }),
    ),
    timeouts: v.optional(
      v.strictObject({
        sync: v.optional(positiveDuration),
        fill: v.optional(positiveDuration),
        origin: v.optional(positiveDuration),
      }),
    ),
    keeper: v.optional(
      v.strictObject({
        name: v.optional(v.pipe(v.string("is not a string"), v.minLength(1, "is empty"))),
        locationHint: v.optional(v.picklist(LOCATION_HINTS, "is not a location hint")),
        audit: v.optional(duration),
        schemaReload: v.optional(duration),
      }),
    ),
    allowedOrigins: v.optional(
      v.union([v.literal("*"), v.array(webOrigin)], 'is neither a list of origins nor "*"'),
    ),
  },
  "is not an object",
);

function milliseconds(value: number | string): number | undefined {
  try {
    return parseDuration(value);
  } catch {
    return undefined;
  }
}

const DURATION_FIX = 'Write seconds as a number, or "250ms", "10s", "5m", "1h", "7d"';

const HEADERS_FIX =
  'List headers such as ["x-tenant"]; those that PostgREST or HTTP itself gives a meaning cannot be listed';

/** How to fix a field, by its path, or by its name where that means the same everywhere. */
const FIXES: Readonly<Record<string, string>> = {
  schemas: 'List what PostgREST exposes, the default first: ["public"]',
  tables: 'List the tables to cache: { articles: { freshness: "10s" } }',
  freshness: DURATION_FIX,
  ttl: `${DURATION_FIX}; a webhook may be lost, so every entry must expire some time`,
  staleIfError: DURATION_FIX,
  sync: DURATION_FIX,
  fill: DURATION_FIX,
  schemaReload: DURATION_FIX,
  "timeouts.origin": DURATION_FIX,
  origin: 'Write { path: "/", key: "none" } or the like: docs/any-postgrest',
  path: 'Write PostgREST\'s path behind SUPABASE_URL, such as "/" or "/api", without a slash at the end',
  "origin.key": `Write one of ${ORIGIN_KEYS.map((key) => `"${key}"`).join(", ")}`,
  anonRole: 'Write the role that PostgREST\'s db-anon-role names, such as "web_anon"',
  audience: 'Write "key" or "public"',
  audiences: 'Write { roles: ["authenticated"] } or the like, or false: docs/configuration',
  roles: 'List database roles of users who sign in: ["authenticated"]',
  recheck: DURATION_FIX,
  "audiences.staleIfError": "Write true or false",
  claims: 'Write the claims that each function reads: { "public.is_admin": ["sub", "app_metadata.tenant"] }',
  dependsOn: 'List relations: ["comments", "private.settings"]',
  ignore: HEADERS_FIX,
  key: HEADERS_FIX,
  response: 'List headers that the database sets, such as ["x-total-pages"]',
  name: "Write a name, or leave it out",
  locationHint: `Write one of ${LOCATION_HINTS.join(", ")}`,
  allowedOrigins: 'Write "*", or a list such as ["https://app.example"] (no path, no slash at the end)',
};

/** Where the field's own fix does not help, by what is wrong. */
const FIXES_OF_MESSAGES: Readonly<Record<string, string>> = {
  [VOLATILE_CLAIM]:
    "No two readers share an answer that depends on it: leave the function out, and its reads pass through",
};

function described(issue: v.BaseIssue<unknown>): ConfigIssue {
  const items = issue.path ?? [];
  const keys = items.map(({ key }) => String(key));
  const path = keys.join(".") || "(the configuration)";
  const last = items.at(-1);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = knownFields(keys.slice(0, -1));
    const similar = suggestion(keys.at(-1) ?? "", known);
    const fix = similar === undefined ? `Known are ${known.join(", ")}` : `Did you mean ${similar}`;
    return { path, message: "is not a known field", fix: similar === undefined ? fix : `${fix}?` };
  }
  const named = keys.filter((key) => !/^\d+$/.test(key));
  const paths = named.map((_, end) => named.slice(0, end + 1).join("."));
  const field =
    paths.findLast((path) => path.includes(".") && Object.hasOwn(FIXES, path)) ??
    named.findLast((key) => Object.hasOwn(FIXES, key));
  const missing = last !== undefined && "origin" in last && last.origin === "key" && last.value === undefined;
  return {
    path,
    message: missing ? "is missing" : issue.expected === "Object" ? "is not an object" : issue.message,
    fix:
      FIXES_OF_MESSAGES[issue.message] ??
      (issue.message === NO_DURATION ? meantDuration(issue.input) : undefined) ??
      ((field !== undefined && FIXES[field]) || "See docs/configuration"),
  };
}

/** The fields that the object at this path of the configuration may have. */
function knownFields(path: readonly string[]): readonly string[] {
  if (path.length === 0) return Object.keys(configShape.entries);
  if (path[0] === "tables") return Object.keys(tableShape.entries);
  if (path[0] === "audiences") return Object.keys(audiencesShape.entries);
  const section = path[0] ?? "";
  if (
    section === "headers" ||
    section === "limits" ||
    section === "timeouts" ||
    section === "keeper" ||
    section === "origin"
  ) {
    return Object.keys(configShape.entries[section].wrapped.entries);
  }
  return [];
}
