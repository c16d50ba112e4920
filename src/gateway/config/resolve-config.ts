import { REST } from "../../keeper/protocol/constants.ts";
import { parseDuration } from "../../runtime/duration.ts";
import {
  ConfigError,
  type ConfigIssue,
  type Forwarding,
  type Limits,
  qualified,
  type ResolvedConfig,
  type ResolvedTable,
  type TableConfig,
  type TidemarkConfig,
} from "./config.ts";
import { hashOf } from "./config-hash.ts";
import { shapeIssues } from "./config-shape.ts";
import { audiencesOf } from "./resolve-audiences.ts";
import { functionIssues, resolveFunctions } from "./resolve-functions.ts";
import { boundIssues, boundsOf, nameIssues } from "./section.ts";
import { type EnvironmentSettings, originOf, readsAs, resolveSettings } from "./settings.ts";

/**
 * What is wrong with a configuration by itself, whatever the environment says.
 *
 * @returns every issue; empty when only the environment is left to be checked
 */
export function configIssues(config: TidemarkConfig): readonly ConfigIssue[] {
  const shape = shapeIssues(config);
  // The rest reads fields, which must have their shapes for that.
  return shape.length > 0
    ? shape
    : [...tableIssues(config), ...functionIssues(config, schemasOf(config)), ...headerIssues(config)];
}

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
  const own = configIssues(config);
  // An invalid configuration does not tell which settings it needs, so assume the default.
  const shownAs = own.length === 0 ? config.origin?.key : undefined;
  const { origin, keys, captures, mode, doubts } = resolveSettings(
    settings,
    shownAs ?? "apikey+bearer",
    issues,
  );
  issues.push(...own);
  if (issues.length > 0) throw new ConfigError(issues);

  const schemas = schemasOf(config);
  const defaultSchema = schemas[0];
  const tables = resolveTables(config, defaultSchema);
  const functions = resolveFunctions(config, defaultSchema);
  const headers = {
    ignore: lowerCase(config.headers?.ignore),
    key: lowerCase(config.headers?.key),
    response: lowerCase(config.headers?.response),
  };
  const anonRole = config.origin?.anonRole ?? "anon";
  const where = { origin, restPath: restPathOf(config), anonRole, keys };
  const audiences = audiencesOf(config, captures, defaultSchema);
  const keeperName = config.keeper?.name ?? "keeper";
  const shaping = {
    ...{ ...where, audiences, defaultSchema, schemas: new Set(schemas) },
    ...{ tables, functions, headers },
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
      startMs: parseDuration(config.timeouts?.start ?? "30ms"),
      syncMs: parseDuration(config.timeouts?.sync ?? "2s"),
      fillMs: parseDuration(config.timeouts?.fill ?? "10s"),
      originMs: originMsOf(config),
    },
    keeper: {
      name: keeperName,
      locationHint: config.keeper?.locationHint ?? null,
      auditEveryMs: parseDuration(config.keeper?.audit ?? "1m"),
      schemaReloadMs: parseDuration(config.keeper?.schemaReload ?? "1m"),
      rows: rowsOf(config, [...tables.keys()], defaultSchema),
    },
    mirrors: config.mirrors === undefined || config.mirrors === "off" ? null : config.mirrors,
    allowedOrigins: allowedOriginsOf(config),
    colo: config.colo ?? "auto",
    mode,
    doubts,
    hash: hashOf({ ...shaping, keeperName }),
  };
}

/**
 * What is known for passing requests on, whatever else in the environment is wrong; undefined without the project's
 * address.
 *
 * @param config one without `configIssues`
 */
export function forwardingOf(config: TidemarkConfig, settings: EnvironmentSettings): Forwarding | undefined {
  const origin = originOf(settings);
  if (origin === undefined) return undefined;
  return {
    origin,
    restPath: restPathOf(config),
    allowedOrigins: allowedOriginsOf(config),
    headers: { response: lowerCase(config.headers?.response) },
    timeouts: { originMs: originMsOf(config) },
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

function rowsOf(
  { keeper }: TidemarkConfig,
  configured: readonly string[],
  defaultSchema: string,
): ResolvedConfig["keeper"]["rows"] {
  if (keeper?.rows === undefined) return null;
  const { tables = [], follow = [] } = keeper.rows;
  const followed = follow.map((column) => column.slice(0, column.lastIndexOf(".")));
  const named = [...tables, ...followed].map((name) => qualified(name, defaultSchema));
  return { tables: [...new Set([...configured, ...named])].sort(), follow };
}

/** The first is the default one. */
function schemasOf({ schemas = [] }: TidemarkConfig): readonly [string, ...string[]] {
  const [first = "public", ...others] = schemas;
  return [first, ...others];
}

function lowerCase(names: readonly string[] = []): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

function originMsOf({ timeouts }: TidemarkConfig): number {
  return parseDuration(timeouts?.origin ?? "8s");
}

/** PostgREST's path behind the origin, without trailing slash. */
function restPathOf({ origin }: TidemarkConfig): string {
  const { path = REST } = origin ?? {};
  return path === "/" ? "" : path;
}

function tableIssues(config: TidemarkConfig): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const schemas = schemasOf(config);
  const seen = new Set<string>();
  for (const [name, given] of Object.entries(config.tables)) {
    const relation = qualified(name, schemas[0]);
    const path = `tables.${name}`;
    issues.push(
      ...nameIssues(path, relation, schemas, seen),
      ...boundIssues(path, given === true ? {} : given),
    );
    if (relation.endsWith("()")) {
      const fix = `Write it under functions, without the brackets: functions: { ${name.slice(0, -2)}: true }`;
      issues.push({ path, message: "is the name of a function", fix });
    }
  }
  return issues;
}

function headerIssues({ headers }: TidemarkConfig): readonly ConfigIssue[] {
  const ignored = lowerCase(headers?.ignore);
  const both = [...lowerCase(headers?.key)].filter((name) => ignored.has(name));
  return both.map((name) => ({
    path: "headers",
    message: `${name} is both in ignore and in key`,
    fix: "Keep one of them",
  }));
}

function resolveTables(config: TidemarkConfig, defaultSchema: string): ReadonlyMap<string, ResolvedTable> {
  const tables = new Map<string, ResolvedTable>();
  for (const [name, given] of Object.entries(config.tables)) {
    const table: TableConfig = given === true ? {} : given;
    const relation = qualified(name, defaultSchema);
    tables.set(relation, {
      relation,
      ...boundsOf(table),
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
