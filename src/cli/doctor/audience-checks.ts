import type { ResolvedConfig } from "../../gateway/config/config.ts";
import type { ClaimPath } from "../../postgrest/claims/claims.ts";
import { claimNeeds } from "../../postgrest/footprint/needs/claim-needs.ts";
import { labelledIn, unkeyed } from "../../postgrest/footprint/request-reads.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Reads, Schema } from "../../postgrest/schema/schema.ts";
import { type Check, ok, warning, wrong } from "../check/check.ts";
import type { SchemaAnswer } from "./ask-schema.ts";
import { checkClaims } from "./claims-checks.ts";
import { relabelFix, rewriteFix } from "./function-fixes.ts";

/** What a role sees of the database. */
export interface RoleAnswer
  extends Pick<SchemaAnswer, "schema" | "obeysPolicies" | "readerExists" | "analysis"> {
  readonly role: string;
}

type Configured = Pick<ResolvedConfig, "tables" | "functions" | "declared" | "audiences" | "anonRole">;

/** Of each configured table: who of those who sign in shares answers, why, and what would let more be shared. */
export function checkAudiences(
  config: Configured,
  { version, ddl }: Pick<SchemaAnswer, "version" | "ddl">,
  answers: readonly RoleAnswer[],
): readonly Check[] {
  // Without capture, reads with a user's token pass through; the check of pulls says what is missing.
  if (version === null) return [];
  if (config.audiences.roles.length === 0) {
    return [ok("audience", "audiences is off: reads with a user's token pass through")];
  }
  if (!ddl) {
    const message =
      "changes of the schema are not noticed, so nobody who signs in may share answers: their reads pass through";
    return [warning("audience", message, "Run tidemark sql's SQL as a role that may create event triggers")];
  }
  const tables = [...config.tables.values()].filter(({ audience }) => audience === "key");
  const sound = answers.filter(({ obeysPolicies }) => obeysPolicies !== false);
  const reads = sound.flatMap(({ schema }) =>
    [...schema.keys()].flatMap((relation) => readsOf(relation, schema)),
  );
  return [
    ...answers.flatMap((answer) => roleChecks(answer, config)),
    ...sound.flatMap((answer) => [
      ...tables.flatMap((table) => readChecks(table.relation, wholeRead(table.relation), answer, config)),
      ...[...config.functions.keys()].flatMap((name) => {
        const calls = callsOf(name, answer.schema);
        return calls.flatMap((call) => readChecks(name, call, answer, config));
      }),
    ]),
    // Without a role that reads, it is not known which functions matter.
    ...(sound.length === 0 ? [] : checkClaims(config, reads)),
    ...labelChecks(reads),
  ];
}

function roleChecks(
  { role, obeysPolicies, readerExists }: RoleAnswer,
  { anonRole }: Configured,
): readonly Check[] {
  if (readerExists === false) {
    const fix = "Check its spelling, or create it, and run tidemark sql's SQL again";
    return [wrong("audience", `the role ${role} of audiences.roles does not exist`, fix)];
  }
  if (obeysPolicies === false) {
    const what = "policies are not sure to bind it: it bypasses them, or owns a table or view";
    // An older installation does not say which.
    const message = readerExists ? what : `it does not exist, or ${what}`;
    const fix = "Let users read with a role that owns nothing and has no BYPASSRLS";
    return [wrong("audience", `the role ${role} of audiences.roles: ${message}`, fix)];
  }
  if (role !== anonRole) return [];
  const message = `the role ${role} of audiences.roles is that of anonymous readers, whose reads are cached without it`;
  return [warning("audience", message, "Leave it out, unless you sign tokens with this role, or with none")];
}

function wholeRead(relation: string): Read {
  const dot = relation.indexOf(".");
  return { schema: relation.slice(0, dot), relation: relation.slice(dot + 1), search: "select=*" };
}

/** Of each function of the name, a call that PostgREST would make. */
function callsOf(name: string, schema: Schema): readonly Read[] {
  const read = wholeRead(name.replace(/\(\)$/, ""));
  return (schema.get(name)?.routines ?? []).map(({ parameters }) => {
    const given = parameters.filter(({ isRequired }) => isRequired);
    return { ...read, call: { method: "GET", arguments: given.map((each) => [each.name, ""] as const) } };
  });
}

/** @param relation the table, or the function as `schema.name()` */
function readChecks(relation: string, read: Read, answer: RoleAnswer, config: Configured): readonly Check[] {
  const { role, schema } = answer;
  // The checks of relations and functions report what does not exist.
  if (!schema.has(relation)) return [];
  const query = parseQuery(read.relation, read.search);
  const needs = claimNeeds(read, query, config.declared, schema, config.audiences.claims);
  const pass = `${relation}: reads with the role ${role} pass through, because`;
  if (needs.kind === "unknown") {
    return [warning("audience", `${pass} ${needs.because}`, claimsFix(needs.opaque, answer))];
  }
  if (needs.kind === "bypass") {
    // The checks of functions say so once, whoever reads.
    const isOfAll = needs.reason !== "reads-request" && needs.reason !== "unknown-embed";
    return isOfAll ? [] : [bypassCheck(pass, relation, schema, config)];
  }
  const words = [...config.audiences.claims.keys()].filter((name) => {
    const others = [...config.audiences.claims].filter(([other]) => other !== name);
    return claimNeeds(read, query, config.declared, schema, new Map(others)).kind === "unknown";
  });
  const byWord = words.length === 0 ? "" : `, by your word in audiences.claims (${words.join(", ")})`;
  if (needs.paths.length === 0) {
    return [ok("audience", `${relation}: all readers with the role ${role} share answers${byWord}`)];
  }
  const sources = [...needs.relations, ...(read.call ? [relation] : [])]
    .flatMap((each) => readsOf(each, schema))
    .flatMap(({ claims }) => claims);
  const why = [...new Set(sources.map(({ culprit }) => culprit))].sort();
  const message = `${relation}: readers with the role ${role} share answers by ${needs.paths.map(claimName).join(", ")}`;
  return [ok("audience", `${message}${why.length > 0 ? ` (${why.join(", ")})` : ""}${byWord}`)];
}

function bypassCheck(pass: string, relation: string, schema: Schema, { declared }: Configured): Check {
  const culprits = readsOf(relation, schema).flatMap(({ request }) =>
    unkeyed(request, true, declared.keyedHeaders),
  );
  const labelled = culprits.flatMap((each) => labelledIn(each) ?? []);
  const named = culprits.map((each) =>
    labelledIn(each) === undefined ? each : `${labelledIn(each)}, which is labelled IMMUTABLE`,
  );
  const what = named.length > 0 ? named.join(", ") : "something that is not in their key";
  const isLabelAlone = labelled.length > 0 && labelled.length === culprits.length;
  const fix = isLabelAlone
    ? relabelFix(labelled)
    : "What is not in the key must not shape an answer: see docs/by-changes.md";
  return warning("audience", `${pass} they read ${what}`, fix);
}

/** What the relation's policies, view and functions over its rows read. */
function readsOf(relation: string, schema: Schema): readonly Reads[] {
  const { reads, computed = new Map() } = schema.get(relation) ?? {};
  return [...(reads === undefined ? [] : [reads]), ...[...computed.values()].map((each) => each.reads)];
}

/** As the configuration writes it. */
function claimName(path: ClaimPath): string {
  return path.join(".");
}

/** @param opaque the function that is not understood; null: it is something else */
function claimsFix(opaque: string | null, { analysis }: RoleAnswer): string {
  return opaque === null
    ? "Compare claims in one of the forms that are understood: docs/signed-in.md"
    : `${rewriteFix(opaque, analysis)}, or list its claims: audiences: { claims: { "${opaque}": ["sub"] } }`;
}

/** Postgres itself may give what such a function told one reader to the next one. */
function labelChecks(reads: readonly Reads[]): readonly Check[] {
  const requests = reads.flatMap(({ request }) => request);
  const labelled = new Set(requests.flatMap((each) => labelledIn(each) ?? []));
  const labels = [...labelled].sort().map((name) => {
    const message = `${name} reads who asks and is labelled IMMUTABLE: Postgres itself, without any cache, may give one reader's rows to another`;
    return wrong("audience", message, relabelFix([name]));
  });
  if (!requests.includes("set_config")) return labels;
  const message =
    "a policy, a view or a function calls set_config: what it sets for a session stays in the connection, for whoever gets it next";
  const fix =
    "Set nothing of request.jwt, and what must be set for the transaction only: set_config(…, true)";
  return [...labels, warning("audience", message, fix)];
}
