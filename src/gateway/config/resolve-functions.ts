import { placesIn } from "../../postgrest/query/places.ts";
import { type ConfigIssue, qualified, type ResolvedFunction, type TidemarkConfig } from "./config.ts";
import type { FunctionConfig } from "./function-config.ts";
import { boundIssues, boundsOf, nameIssues } from "./section.ts";

/**
 * What is wrong with the functions of a configuration that has its shape.
 *
 * @param schemas the first is the default one
 */
export function functionIssues(
  { functions = {} }: TidemarkConfig,
  schemas: readonly [string, ...string[]],
): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const seen = new Set<string>();
  for (const [name, given] of Object.entries(functions)) {
    const path = `functions.${name}`;
    issues.push(...nameIssues(path, `${qualified(name, schemas[0])}()`, schemas, seen));
    const settings: FunctionConfig = given === true ? {} : given;
    issues.push(...boundIssues(path, settings));
    const { dependsOn } = settings;
    if (dependsOn !== undefined && !isList(dependsOn)) issues.push(...filterIssues(dependsOn, path));
  }
  return issues;
}

function filterIssues(filters: Filters, path: string): readonly ConfigIssue[] {
  return Object.entries(filters).flatMap(([name, filter]) => {
    const wrong = filter === true ? null : wrongIn(filter);
    if (wrong === null) return [];
    const fix =
      'Write it as in a query, with arguments after eq, gt, gte, lt or lte: "category=eq.{category}"; or true';
    return [{ path: `${path}.dependsOn.${name}`, message: `is not a filter: ${wrong}`, fix }];
  });
}

/** The configured functions by `schema.function()`, which is no relation's name. */
export function resolveFunctions(
  config: TidemarkConfig,
  defaultSchema: string,
): ReadonlyMap<string, ResolvedFunction> {
  const functions = new Map<string, ResolvedFunction>();
  for (const [name, given] of Object.entries(config.functions ?? {})) {
    const settings: FunctionConfig = given === true ? {} : given;
    const relation = `${qualified(name, defaultSchema)}()`;
    functions.set(relation, {
      relation,
      ...boundsOf(settings),
      audience: "key",
      ...dependenciesOf(settings, defaultSchema),
    });
  }
  return functions;
}

function dependenciesOf(
  { dependsOn }: FunctionConfig,
  defaultSchema: string,
): Pick<ResolvedFunction, "dependsOn" | "rows"> {
  const rows = new Map<string, string>();
  if (dependsOn === undefined) return { dependsOn: null, rows };
  if (isList(dependsOn)) return { dependsOn: dependsOn.map((name) => qualified(name, defaultSchema)), rows };
  for (const [name, filter] of Object.entries(dependsOn)) {
    if (filter !== true) rows.set(qualified(name, defaultSchema), filter);
  }
  return { dependsOn: Object.keys(dependsOn).map((name) => qualified(name, defaultSchema)), rows };
}

type GivenDependencies = NonNullable<FunctionConfig["dependsOn"]>;
type Filters = Exclude<GivenDependencies, readonly string[]>;

function isList(dependsOn: GivenDependencies): dependsOn is readonly string[] {
  return Array.isArray(dependsOn);
}

function wrongIn(filter: string): string | null {
  try {
    return placesIn(filter).wrong;
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be read";
  }
}
