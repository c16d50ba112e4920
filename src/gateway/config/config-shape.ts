import * as v from "valibot";
import { type ConfigIssue, ORIGIN_KEYS } from "./config.ts";
import {
  claimName,
  columnName,
  count,
  duration,
  functionName,
  headerNames,
  keptHeaders,
  NO_DURATION,
  objectOf,
  originPath,
  positiveDuration,
  relationName,
  requiredCount,
  roleName,
  schemaName,
  VOLATILE_CLAIM,
  webOrigin,
} from "./config-fields.ts";
import { LOCATION_HINTS } from "./keeper-config.ts";
import { meantDuration } from "./meant-duration.ts";
import { suggestion } from "./suggestion.ts";

/** What is wrong with the single fields of a configuration; empty when it has the shape of `TidemarkConfig`. */
export function shapeIssues(config: unknown): readonly ConfigIssue[] {
  const result = v.safeParse(configShape, config);
  return result.success ? [] : result.issues.map(described);
}

const bounds = {
  freshness: v.optional(duration),
  ttl: v.optional(positiveDuration),
  staleWhileRevalidate: v.optional(duration),
  staleIfError: v.optional(duration),
};

const tableShape = v.strictObject({
  ...bounds,
  audience: v.optional(v.picklist(["key", "public"], "is not an audience")),
  dependsOn: v.optional(v.array(relationName, "is not a list")),
});

const functionShape = v.strictObject({
  ...bounds,
  dependsOn: v.optional(
    v.lazy((given) =>
      Array.isArray(given)
        ? v.array(relationName, "is not a list")
        : v.record(
            relationName,
            v.union([v.string(), v.literal(true)], "is neither a filter nor true"),
            "is not a list",
          ),
    ),
  ),
  claims: v.optional(v.array(claimName, "is not a list")),
});

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
    functions: v.optional(
      v.record(
        functionName,
        v.lazy((each) => (each === true ? v.literal(true) : functionShape)),
        "is not an object of functions",
      ),
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
        start: v.optional(duration),
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
        rows: v.optional(
          v.strictObject({
            tables: v.optional(v.array(relationName, "is not a list")),
            follow: v.optional(v.array(columnName, "is not a list")),
          }),
        ),
      }),
    ),
    mirrors: v.optional(
      v.lazy((mirrors) =>
        mirrors === "off"
          ? v.literal("off")
          : objectOf(
              v.strictObject({ perRegion: requiredCount(1, 100) }, "is not an object"),
              "is not an object",
            ),
      ),
    ),
    colo: v.optional(v.picklist(["auto", "off"], "is neither auto nor off")),
    allowedOrigins: v.optional(
      v.union([v.literal("*"), v.array(webOrigin)], 'is neither a list of origins nor "*"'),
    ),
  },
  "is not an object",
);

const DURATION_FIX = 'Write seconds as a number, or "250ms", "10s", "5m", "1h", "7d"';

const HEADERS_FIX =
  'List headers such as ["x-tenant"]; those that PostgREST or HTTP itself gives a meaning cannot be listed';

/** How to fix a field, by its path, or by its name where that means the same everywhere. */
const FIXES: Readonly<Record<string, string>> = {
  schemas: 'List what PostgREST exposes, the default first: ["public"]',
  tables: 'List the tables to cache: { articles: { freshness: "10s" } }',
  functions:
    'List the functions to cache by name, without arguments: { search_articles: { freshness: "10s" } }',
  freshness: DURATION_FIX,
  ttl: `${DURATION_FIX}; a webhook may be lost, so every entry must expire some time`,
  staleWhileRevalidate: DURATION_FIX,
  staleIfError: DURATION_FIX,
  sync: DURATION_FIX,
  fill: DURATION_FIX,
  schemaReload: DURATION_FIX,
  "keeper.rows.tables": 'List tables: ["posts"]',
  follow: 'List columns with their tables: ["posts.author_id"]',
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
  mirrors: 'Write { perRegion: 1 }, or "off": docs/mirrors',
  name: "Write a name, or leave it out",
  locationHint: `Write one of ${LOCATION_HINTS.join(", ")}`,
  colo: 'Write "auto" or "off"',
  allowedOrigins: 'Write "*", or a list such as ["https://app.example"] (no path, no slash at the end)',
};

/** The same of a function, where it has another meaning than elsewhere. */
const FIXES_OF_FUNCTIONS: Readonly<Record<string, string>> = {
  dependsOn:
    'List relations: ["comments"]; or say which rows of them: { articles: "category=eq.{category}" }',
  claims: 'List the claims that it reads: ["sub", "app_metadata.tenant"]; [] means none',
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
    const fix = similar === undefined ? `Known are ${known.join(", ")}` : `Did you mean ${similar}?`;
    return { path, message: "is not a known field", fix };
  }
  const named = keys.filter((key) => !/^\d+$/.test(key));
  const paths = named.map((_, end) => named.slice(0, end + 1).join("."));
  const field =
    paths.findLast((path) => path.includes(".") && Object.hasOwn(FIXES, path)) ??
    named.findLast((key) => Object.hasOwn(FIXES, key));
  const ofFunction = keys[0] === "functions" ? FIXES_OF_FUNCTIONS[keys[2] ?? ""] : undefined;
  const missing = last !== undefined && "origin" in last && last.origin === "key" && last.value === undefined;
  return {
    path,
    message: missing ? "is missing" : issue.expected === "Object" ? "is not an object" : issue.message,
    fix:
      FIXES_OF_MESSAGES[issue.message] ??
      (issue.message === NO_DURATION ? meantDuration(issue.input) : undefined) ??
      ofFunction ??
      ((field !== undefined && FIXES[field]) || "See docs/configuration"),
  };
}

/** The fields that the object at this path of the configuration may have. */
function knownFields(path: readonly string[]): readonly string[] {
  if (path.length === 0) return Object.keys(configShape.entries);
  if (path[0] === "tables") return Object.keys(tableShape.entries);
  if (path[0] === "functions") return Object.keys(functionShape.entries);
  if (path[0] === "audiences") return Object.keys(audiencesShape.entries);
  if (path[0] === "mirrors") return ["perRegion"];
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
