import type { ResolvedConfig, ResolvedFunction } from "../../gateway/config/config.ts";
import { type KnownBy, knownBy } from "../../postgrest/footprint/call/known-by.ts";
import { unkeyed } from "../../postgrest/footprint/request-reads.ts";
import type { RelationDescription, Routine } from "../../postgrest/schema/schema.ts";
import { type Check, ok, warning, wrong } from "../check/check.ts";
import type { SchemaAnswer } from "./ask-schema.ts";
import { rewriteFix } from "./function-fixes.ts";
import { AGE_ONLY, CAVEAT_WORDS, caveatFix } from "./relation-checks.ts";

type ConfiguredFunctions = Pick<ResolvedConfig, "functions" | "declared" | "headers">;

const BYPASS = "its reads pass through";

/** Of each configured function: what it reads, how that is known, or why its reads pass through. */
export function checkFunctions(config: ConfiguredFunctions, answer: SchemaAnswer): readonly Check[] {
  return [...config.functions.values()].flatMap((configured) => {
    const name = configured.relation;
    const description = answer.schema.get(name);
    const { routines = [] } = description ?? {};
    if (description === undefined || routines.length === 0) {
      const fix =
        "Check its spelling, and that its schema is in schemas; if it is there, run tidemark sql's SQL again";
      return [wrong("function", `${name} does not exist, or the database does not tell of it`, fix)];
    }
    const refusals = routines.flatMap((routine) => refusalOf(routine, description, answer) ?? []);
    if (refusals.length > 0) return refusals;
    const reads = routines.map((routine) => readsCheck(configured, routine, description, config));
    return [...reads, ...faults(configured, description, config, answer)];
  });
}

/** Why calls of it are not cached, whatever it reads. */
function refusalOf(
  routine: Routine,
  { reads }: RelationDescription,
  { analysis }: SchemaAnswer,
): Check | undefined {
  const { signature, isPlain, parameters, volatility, setsResponse, isAnalysed } = routine;
  if (!isPlain || parameters.some(({ name }) => name === "")) {
    const message = `${signature} has an argument without a name, or of any type, or is none that returns a value: ${BYPASS}`;
    return warning("function", message, "Name its arguments, and give each a type of its own");
  }
  if (setsResponse) {
    const message = `${signature} may set response.status or response.headers: ${BYPASS}`;
    return warning("function", message, "Leave it out of functions, or do not set them");
  }
  if (volatility !== "volatile") return undefined;
  const culprits = reads?.caveats.filter(({ kind }) => kind !== "clock").map(({ culprit }) => culprit) ?? [];
  if (isAnalysed && culprits.length === 0) return undefined;
  const what = culprits.length === 0 ? "it is not known" : culprits.join(", ");
  const message = `${signature} is VOLATILE, and may do more than read (${what}): ${BYPASS}`;
  const fix = `If it only reads: alter function ${signature.replace(/\(.*$/s, "")} stable. ${rewriteFix(signature, analysis)}`;
  return warning("function", message, fix);
}

const KNOWN: Readonly<Record<KnownBy, string>> = {
  postgres: "as Postgres says",
  dependsOn: "by your word in dependsOn",
  nobody: "as far as is known",
};

function readsCheck(
  { relation, dependsOn, rows }: ResolvedFunction,
  routine: Routine,
  description: RelationDescription,
  { declared }: ConfiguredFunctions,
): Check {
  const by = knownBy(relation, routine, description, declared);
  const read = new Map(
    [...(description.reads?.calls ?? [])].map(([name, columns]) => [name, columns.length]),
  );
  for (const name of dependsOn ?? []) if (!read.has(name)) read.set(name, 0);
  const named = [...read].sort().map(([name, columns]) => {
    const filter = rows.get(name);
    const those = filter === undefined ? "" : ` where ${filter}, by your word`;
    return `${name}${columns > 0 ? ` (${columns} columns)` : ""}${those}`;
  });
  const what = named.length === 0 ? "no relation" : named.join(", ");
  return ok("function", `${routine.signature} reads ${what}, ${KNOWN[by]}`);
}

/** What makes its answers count by their age, or keeps them from being shared. */
function faults(
  { relation, dependsOn }: ResolvedFunction,
  { reads, routines = [] }: RelationDescription,
  { headers }: ConfiguredFunctions,
  { analysis }: SchemaAnswer,
): readonly Check[] {
  const isDeclared = dependsOn !== null;
  const caveats = (reads?.caveats ?? []).filter(({ kind }) => !(kind === "unknown-reads" && isDeclared));
  const byAge = [
    ...caveats,
    ...routines.flatMap(({ result }) => (result.caveat === undefined ? [] : [result.caveat])),
  ];
  const checks = byAge.map((caveat) => {
    const message = `${relation} ${CAVEAT_WORDS[caveat.kind]} (${caveat.culprit}): ${AGE_ONLY}`;
    return warning("function", message, caveatFix(caveat, relation, analysis));
  });
  const request = unkeyed(reads?.request ?? [], isDeclared, headers.key);
  if (request.length === 0) return checks;
  const message = `${relation} reads, or may read, parts of a request that are not in its key (${request.join(", ")}): ${BYPASS}`;
  const fix = "If it reads nothing of the request, list what it reads: dependsOn in the configuration";
  return [...checks, warning("function", message, fix)];
}
