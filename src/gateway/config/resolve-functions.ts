import { placesIn } from "../../postgrest/query/places.ts";
import { parseDuration } from "../../runtime/duration.ts";
import {
  type ConfigIssue,
  type FunctionConfig,
  qualified,
  type ResolvedFunction,
  type TidemarkConfig,
} from "./config.ts";

/** The configured functions by `schema.function()`, which is no relation's name. */
export function resolveFunctions(
  config: TidemarkConfig,
  schemas: readonly string[],
  defaultSchema: string,
  issues: ConfigIssue[],
): ReadonlyMap<string, ResolvedFunction> {
  const functions = new Map<string, ResolvedFunction>();
  for (const [name, given] of Object.entries(config.functions ?? {})) {
    const path = `functions.${name}`;
    const settings: FunctionConfig = given === true ? {} : given;
    const relation = `${qualified(name, defaultSchema)}()`;
    const schema = relation.slice(0, relation.indexOf("."));
    if (!schemas.includes(schema)) {
      issues.push({
        path,
        message: `the schema ${schema} is not in schemas`,
        fix: `Add "${schema}" to schemas, as PostgREST exposes it`,
      });
    }
    if (functions.has(relation))
      issues.push({ path, message: `${relation} is given twice`, fix: "Keep one of them" });
    functions.set(relation, {
      relation,
      freshnessMs: parseDuration(settings.freshness ?? "10s"),
      ttlMs: parseDuration(settings.ttl ?? "1h"),
      staleIfErrorMs: parseDuration(settings.staleIfError ?? 0),
      audience: "key",
      ...dependenciesOf(settings, path, defaultSchema, issues),
    });
  }
  return functions;
}

function dependenciesOf(
  { dependsOn }: FunctionConfig,
  path: string,
  defaultSchema: string,
  issues: ConfigIssue[],
): Pick<ResolvedFunction, "dependsOn" | "rows"> {
  const rows = new Map<string, string>();
  if (dependsOn === undefined) return { dependsOn: null, rows };
  if (isList(dependsOn)) return { dependsOn: dependsOn.map((name) => qualified(name, defaultSchema)), rows };
  for (const [name, filter] of Object.entries(dependsOn)) {
    if (filter === true) continue;
    const wrong = wrongIn(filter);
    if (wrong !== null) {
      issues.push({
        path: `${path}.dependsOn.${name}`,
        message: `is not a filter: ${wrong}`,
        fix: 'Write it as in a query, with arguments after eq, gt, gte, lt or lte: "category=eq.{category}"; or true',
      });
    }
    rows.set(qualified(name, defaultSchema), filter);
  }
  return { dependsOn: Object.keys(dependsOn).map((name) => qualified(name, defaultSchema)), rows };
}

function isList(dependsOn: NonNullable<FunctionConfig["dependsOn"]>): dependsOn is readonly string[] {
  return Array.isArray(dependsOn);
}

function wrongIn(filter: string): string | null {
  try {
    return placesIn(filter).wrong;
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be read";
  }
}
