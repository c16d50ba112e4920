import { literal } from "../../capture/sql/quote.ts";
import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { headerIn, isSuspected, labelledIn, unkeyed } from "../../postgrest/footprint/request-reads.ts";
import type { Caveat, CaveatKind, RelationDescription, Schema } from "../../postgrest/schema/schema.ts";
import { type Check, ok, warning, wrong } from "../check/check.ts";
import type { SchemaAnswer } from "./ask-schema.ts";
import { relabelFix, rewriteFix } from "./function-fixes.ts";
import { sqlName } from "./sql-name.ts";

export const AGE_ONLY = "its answers are proven by their age only";

/** The checks of each configured relation and of everything that its answers depend on. */
export function checkRelations(
  config: Pick<ResolvedConfig, "tables" | "functions" | "headers">,
  answer: SchemaAnswer,
): readonly Check[] {
  const needed = neededRelations(config, answer.schema);
  const checks = [...needed].flatMap(([relation, reason]) => checkRelation(relation, reason, config, answer));
  const families = [...needed.keys()].flatMap((relation) => answer.schema.get(relation)?.ancestors ?? []);
  const used = new Set([...needed.keys(), ...families]);
  const unused = [...answer.watched.keys()].filter((relation) => !used.has(relation));
  return [...checks, ...unused.map(unusedCheck)];
}

/** The needed relations, each with the reason why its changes matter, in words that follow its name. */
function neededRelations(
  { tables, functions }: Pick<ResolvedConfig, "tables" | "functions">,
  schema: Schema,
): ReadonlyMap<string, string> {
  const needed = new Map([...tables.keys()].map((relation) => [relation, ""]));
  const add = (relation: string, reason: string) => {
    if (!needed.has(relation)) needed.set(relation, reason);
  };
  for (const { relation, dependsOn } of [...tables.values(), ...functions.values()]) {
    for (const other of dependsOn ?? []) add(other, `, on which ${relation} depends,`);
  }
  for (const name of functions.keys()) {
    for (const read of schema.get(name)?.reads?.calls.keys() ?? []) add(read, `, which ${name} reads,`);
  }
  // Also visits the relations that it adds.
  for (const relation of needed.keys()) {
    const description = schema.get(relation);
    const reader = description?.kind === "view" ? "the view" : "a policy of";
    const { relations = [], calls = [] } = description?.reads ?? {};
    for (const [read] of [...relations, ...calls]) {
      add(read, `, which ${reader} ${relation} reads,`);
    }
  }
  return needed;
}

function checkRelation(
  relation: string,
  reason: string,
  { tables, headers }: Pick<ResolvedConfig, "tables" | "headers">,
  answer: SchemaAnswer,
): readonly Check[] {
  const description = answer.schema.get(relation);
  if (description === undefined) {
    const fix = "Check its spelling, and that its schema is in schemas. Functions are listed under functions";
    return [wrong("exists", `${relation}${reason} does not exist`, fix)];
  }
  const table = tables.get(relation);
  const checks = [...watchChecks(relation, reason, description, answer)];
  if (table !== undefined) checks.push(...rowSecurityChecks(relation, description, answer));
  const isDeclared = table !== undefined && table.dependsOn !== null;
  return [...checks, ...readsChecks(relation, description, isDeclared, headers.key, answer)];
}

function watchChecks(
  relation: string,
  reason: string,
  description: RelationDescription,
  { schema, version, watched }: SchemaAnswer,
): readonly Check[] {
  if (description.kind === "view")
    return [ok("watched", `${relation}${reason} is a view: what it reads is below`)];
  if (description.kind === "materialized" || description.kind === "foreign") {
    const kind = description.kind === "foreign" ? "a foreign table" : "a materialized view";
    const fix = "Choose freshness and ttl so that this age is right, or read the tables themselves";
    return [warning("watched", `${relation}${reason} is ${kind}, which nothing can watch: ${AGE_ONLY}`, fix)];
  }
  // Without capture there are webhooks, and the owner has set those up.
  if (version === null) return [];
  const root = [relation, ...description.ancestors].find((each) => watched.has(each));
  const told = root === undefined ? undefined : watched.get(root);
  if (root === undefined || told === undefined) {
    const message = `${relation}${reason} is not watched: ${AGE_ONLY}`;
    return [wrong("watched", message, `Run: select tidemark.watch(${literal(sqlName(relation))})`)];
  }
  if (told.obstacle !== null) {
    const message = `${relation}${reason} is not watched, because ${told.obstacle}; ${AGE_ONLY}`;
    const fix =
      "It is watched again when that changes; without event triggers run: select tidemark.schema_changed()";
    return [wrong("watched", message, fix)];
  }
  if (!told.covered) {
    const message = `${relation}${reason} is watched, but a trigger is missing or off: ${AGE_ONLY}`;
    return [wrong("watched", message, "Run: select tidemark.schema_changed(); its warnings give the reason")];
  }
  const checks = [
    ok("watched", `${relation}${reason} is watched${root === relation ? "" : ` with ${root}`}`),
  ];
  if (told.columns !== null) checks.push(columnsCheck(root, told.columns, schema));
  return checks;
}

function columnsCheck(relation: string, columns: readonly string[], schema: Schema): Check {
  const gone = columns.filter((column) => !schema.get(relation)?.columns.has(column));
  if (gone.length > 0) {
    const fix = `Run: select tidemark.watch(${literal(sqlName(relation))}, columns => array[…])`;
    return warning("columns", `${relation} is watched for columns that are gone: ${gone.join(", ")}`, fix);
  }
  return ok(
    "columns",
    `${relation} is watched for ${columns.join(", ")}; queries of other columns are refreshed by every change`,
  );
}

function rowSecurityChecks(
  relation: string,
  { kind, reads }: RelationDescription,
  { rowSecurity }: SchemaAnswer,
): readonly Check[] {
  if (kind !== "table" && kind !== "partitioned") return [];
  const isOn = rowSecurity.get(relation) ?? (reads === undefined ? undefined : true);
  if (isOn === true) return [ok("row-security", `${relation} has row-level security`)];
  const message =
    isOn === false
      ? `${relation} has no row-level security: anyone with the publishable key may read every row`
      : `${relation} has no row-level security, or no policy for reading`;
  return [
    warning(
      "row-security",
      message,
      `Unless that is intended: alter table ${sqlName(relation)} enable row level security`,
    ),
  ];
}

function readsChecks(
  relation: string,
  { kind, reads }: RelationDescription,
  hasDependsOn: boolean,
  keyed: ReadonlySet<string>,
  { analysis }: SchemaAnswer,
): readonly Check[] {
  const what = kind === "view" ? `the view ${relation}` : `a policy of ${relation}`;
  const request = unkeyed(reads?.request ?? [], hasDependsOn, keyed);
  const isLeft = ({ kind, culprit }: Caveat) =>
    !(kind === "unknown-reads" && hasDependsOn) && !request.includes(culprit);
  const caveats = reads?.caveats.filter(isLeft) ?? [];
  const checks = caveats.map((caveat) => {
    const message = `${what} ${CAVEAT_WORDS[caveat.kind]} (${caveat.culprit}): ${AGE_ONLY}`;
    return warning("reads", message, caveatFix(caveat, relation, analysis));
  });
  if (request.length > 0) {
    const verb = request.every(isSuspected) ? "may read" : "reads";
    const message = `${what} ${verb} parts of a request that are not in its key (${request.join(", ")}): its reads bypass`;
    checks.push(warning("reads", message, requestFix(request, relation)));
  }
  return checks;
}

export const CAVEAT_WORDS: Readonly<Record<CaveatKind, string>> = {
  clock: "reads the clock or chance",
  "unknown-reads": "calls a function whose reads are not known",
  unwatchable: "reads something that cannot be watched",
};

export function caveatFix(
  { kind, culprit }: Caveat,
  relation: string,
  analysis: SchemaAnswer["analysis"],
): string {
  if (kind === "unknown-reads") {
    return `${rewriteFix(culprit, analysis)}, or list what it reads: dependsOn: [...] of ${relation} in the configuration`;
  }
  if (kind === "clock") {
    return "Time passes without a change: choose freshness and ttl so that this age is right, or compare in the query";
  }
  return "Choose freshness and ttl so that this age is right, or read something that can be watched";
}

function requestFix(request: readonly string[], relation: string): string {
  const labelled = request.flatMap((each) => labelledIn(each) ?? []);
  if (labelled.length > 0) return relabelFix(labelled);
  const headers = request.flatMap((each) => headerIn(each) ?? []);
  if (headers.length === request.length) {
    return `Make them part of the key: headers: { key: [${headers.map((name) => JSON.stringify(name)).join(", ")}] }`;
  }
  if (request.some(isSuspected))
    return `If a function named here reads nothing of the request, list what it reads: dependsOn: [...] of ${relation}`;
  return "Read each header as current_setting('request.headers', true)::json ->> 'name', and list it in headers.key";
}

function unusedCheck(relation: string): Check {
  const fix = `Unless something needs it: select tidemark.unwatch(${literal(sqlName(relation))})`;
  return warning("unused", `${relation} is watched, and nothing configured depends on it`, fix);
}
