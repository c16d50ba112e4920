import { REST } from "../../keeper/protocol/constants.ts";
import { parseDuration } from "../../runtime/duration.ts";
import { hash32 } from "../../runtime/hash.ts";
import {
  ConfigError,
  type ConfigIssue,
  type Limits,
  qualified,
  type ResolvedConfig,
  type ResolvedTable,
  type TableConfig,
  type TidemarkConfig,
} from "./config.ts";
import { shapeIssues } from "./config-shape.ts";
import { audiencesOf } from "./resolve-audiences.ts";
import { resolveFunctions } from "./resolve-functions.ts";
import { type EnvironmentSettings, readsAs, resolveSettings } from "./settings.ts";

/**
 * Checks and normalises the configuration and the environment's settings. Nothing in the result is optional.
 *
 * @param bindings issues with the environment's bindings, which are reported together with the rest
 * @throws ConfigError listing every issue
 */
export function resolveConfig(
  config: TidemarkConfig,
  settings: EnvironmentSettings,
  bindings: readonly ConfigIssue[] = [],
): ResolvedConfig {
  const issues: ConfigIssue[] = [...bindings];
  const shape = shapeIssues(config);
  // An invalid configuration does not tell which settings it needs, so assume the default.
  const shownAs = shape.length === 0 ? config.origin?.key : undefined;
  const { origin, keys, captures, mode } = resolveSettings(settings, shownAs ?? "apikey+bearer", issues);
  issues.push(...shape);
  if (issues.length > 0) throw new ConfigError(issues);

  const schemas = config.schemas ?? ["public"];
  const defaultSchema = schemas[0] ?? "public";
  const tables = resolveTables(config, schemas, defaultSchema, issues);
  const functions = resolveFunctions(config, schemas, defaultSchema, issues);
  const headers = {
    ignore: new Set(config.headers?.ignore?.map((name) => name.toLowerCase())),
    key: new Set(config.headers?.key?.map((name) => name.toLowerCase())),
    response: new Set(config.headers?.response?.map((name) => name.toLowerCase())),
  };
  for (const name of headers.key) {
    if (headers.ignore.has(name)) {
      issues.push({
        path: "headers",
        message: `${name} is both in ignore and in key`,
        fix: "Keep one of them",
      });
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);

  const { path = REST, anonRole = "anon" } = config.origin ?? {};
  const where = { origin, restPath: path === "/" ? "" : path, anonRole, keys };
  const audiences = audiencesOf(config, captures, defaultSchema);
  const shaping = {
    ...where,
    audiences,
    defaultSchema,
    schemas: new Set(schemas),
    tables,
    functions,
    headers,
  };
  return {
    ...shaping,
    declared: {
      // A table without `dependsOn` is not in here, because an empty list means that it reads nothing else.
      dependsOn: new Map(
        [...tables, ...functions].flatMap(([relation, { dependsOn }]) =>
          dependsOn ? [[relation, dependsOn] as const] : [],
        ),
      ),
      rows: new Map([...functions].map(([name, { rows }]) => [name, rows])),
      tables: new Set(tables.keys()),
      obeysPolicies: readsAs(anonRole, config.origin?.anonRole !== undefined, keys),
      keyedHeaders: headers.key,
    },
    dependents: dependentsOf([...tables.values()], [...functions.values()]),
    limits: limitsOf(config),
    timeouts: {
      syncMs: parseDuration(config.timeouts?.sync ?? "2s"),
      fillMs: parseDuration(config.timeouts?.fill ?? "10s"),
      originMs: parseDuration(config.timeouts?.origin ?? "8s"),
    },
    keeper: {
      name: config.keeper?.name ?? "keeper",
      locationHint: config.keeper?.locationHint ?? null,
      auditEveryMs: parseDuration(config.keeper?.audit ?? "1m"),
      schemaReloadMs: parseDuration(config.keeper?.schemaReload ?? "1m"),
    },
    allowedOrigins: allowedOriginsOf(config),
    mode,
    hash: hashOf(shaping),
  };
}

const DEFAULT_LIMITS: Limits = {
  maxBodyBytes: 1_048_576,
  maxUrlLength: 8_192,
  memoryBytes: 33_554_432,
  memoryEntries: 10_000,
  maxKeys: 20_000,
  registryBytes: 25_165_824,
  newKeysPerClientPerMinute: 600,
  kvWritesPerDay: 900,
  refillsPerMinute: 600,
};

function resolveTables(
  config: TidemarkConfig,
  schemas: readonly string[],
  defaultSchema: string,
  issues: ConfigIssue[],
): ReadonlyMap<string, ResolvedTable> {
  const tables = new Map<string, ResolvedTable>();
  for (const [name, given] of Object.entries(config.tables)) {
    const table: TableConfig = given === true ? {} : given;
    const relation = qualified(name, defaultSchema);
    const schema = relation.slice(0, relation.indexOf("."));
    if (!schemas.includes(schema)) {
      issues.push({
        path: `tables.${name}`,
        message: `the schema ${schema} is not in schemas`,
        fix: `Add "${schema}" to schemas, as PostgREST exposes it`,
      });
    }
    if (relation.endsWith("()")) {
      issues.push({
        path: `tables.${name}`,
        message: "is the name of a function",
        fix: `Write it under functions, without the brackets: functions: { ${name.slice(0, -2)}: true }`,
      });
    }
    if (tables.has(relation)) {
      issues.push({ path: `tables.${name}`, message: `${relation} is given twice`, fix: "Keep one of them" });
    }
    tables.set(relation, {
      relation,
      freshnessMs: parseDuration(table.freshness ?? "10s"),
      ttlMs: parseDuration(table.ttl ?? "1h"),
      staleIfErrorMs: parseDuration(table.staleIfError ?? 0),
      audience: table.audience ?? "key",
      dependsOn: table.dependsOn?.map((other) => qualified(other, defaultSchema)) ?? null,
    });
  }
  return tables;
}

/** A function has no changes of its own. */
function dependentsOf(
  tables: readonly ResolvedTable[],
  functions: readonly ResolvedTable[],
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  const add = (relation: string, bases: Iterable<string>) => {
    for (const base of new Set(bases)) dependents.set(base, [...(dependents.get(base) ?? []), relation]);
  };
  for (const { relation, dependsOn } of tables) add(relation, [relation, ...(dependsOn ?? [])]);
  for (const { relation, dependsOn } of functions) add(relation, dependsOn ?? []);
  return dependents;
}

/** The limits, with defaults also for those given as undefined. */
function limitsOf({ limits = {} }: TidemarkConfig): Limits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(given) };
}

function allowedOriginsOf({ allowedOrigins = "*" }: TidemarkConfig): ReadonlySet<string> | "*" {
  return allowedOrigins === "*" || allowedOrigins.includes("*") ? "*" : new Set(allowedOrigins);
}

/** Does not depend on the order in which things are written, and covers nothing secret. */
function hashOf(
  shaping: Pick<
    ResolvedConfig,
    | "origin"
    | "restPath"
    | "anonRole"
    | "keys"
    | "audiences"
    | "defaultSchema"
    | "schemas"
    | "tables"
    | "functions"
    | "headers"
  >,
): string {
  const text = JSON.stringify([
    shaping.origin,
    shaping.restPath,
    shaping.anonRole,
    shaping.keys.publishable,
    shaping.keys.legacyAnon,
    shaping.keys.shownAs,
    shaping.audiences.roles,
    shaping.audiences.recheckMs,
    shaping.audiences.staleIfError,
    [...shaping.audiences.claims].map(([name, paths]) => JSON.stringify([name, paths])).sort(),
    shaping.defaultSchema,
    [...shaping.schemas].sort(),
    [...shaping.tables.values()]
      .map(({ relation, freshnessMs, ttlMs, staleIfErrorMs, audience, dependsOn }) =>
        JSON.stringify([
          relation,
          freshnessMs,
          ttlMs,
          staleIfErrorMs,
          audience,
          dependsOn && [...dependsOn].sort(),
        ]),
      )
      .sort(),
    [...shaping.functions.values()]
      .map((each) =>
        JSON.stringify([
          ...[each.relation, each.freshnessMs, each.ttlMs, each.staleIfErrorMs],
          each.dependsOn && [...each.dependsOn].sort(),
          [...each.rows].sort(),
        ]),
      )
      .sort(),
    [...shaping.headers.ignore].sort(),
    [...shaping.headers.key].sort(),
    [...shaping.headers.response].sort(),
  ]);
  return [hash32(text), hash32(text, 0x9e3779b9)].map((half) => half.toString(16).padStart(8, "0")).join("");
}
