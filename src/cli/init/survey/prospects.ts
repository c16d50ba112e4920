import type { Declared } from "../../../postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../postgrest/footprint/footprint-of.ts";
import { claimNeeds } from "../../../postgrest/footprint/needs/claim-needs.ts";
import { parseQuery } from "../../../postgrest/query/parse.ts";
import type { Read } from "../../../postgrest/query/read.ts";
import type { CaveatKind, Schema } from "../../../postgrest/schema/schema.ts";
import type { Prospect } from "./survey.ts";

const CAVEAT_WORDS: Readonly<Record<CaveatKind, string>> = {
  clock: "reads the clock or chance",
  "unknown-reads": "calls what Tidemark cannot look into before capture is installed",
  unwatchable: "depends on what reports no changes",
};

type ProspectReader = Prospect["reader"];

const READERS: Readonly<Record<ProspectReader, string>> = {
  anonymous: "anonymous readers",
  "signed-in": "who signs in",
};

/** What the keeper would find of `select=*` on a relation, for one role, if nothing but the table were configured. */
interface FoundProspect {
  readonly prospect: Prospect;
  /** Sorted, without the relation itself. */
  readonly dependsOn: readonly string[];
}

/**
 * @param schema as readers without a session see it
 * @param rowSecurity whether row-level security is on
 */
export function anonymousProspect(relation: string, schema: Schema, rowSecurity: boolean): FoundProspect {
  if (rowSecurity && !hasPolicy(relation, schema)) return nothing("anonymous");
  return prospectOf(relation, schema, "anonymous", "anonymous readers share answers");
}

/** @param schema as the role of those who sign in sees it */
export function signedInProspect(relation: string, schema: Schema, rowSecurity: boolean): FoundProspect {
  if (rowSecurity && !hasPolicy(relation, schema)) return nothing("signed-in");
  const { read, query, declared } = question(relation, schema);
  const needs = claimNeeds(read, query, declared, schema, new Map());
  if (needs.kind === "unknown") return bypassing("signed-in", needs.because);
  if (needs.kind === "bypass") return bypassing("signed-in", "it reads the request");
  const paths = needs.paths.map((path) => path.join("."));
  const who =
    paths.length === 0
      ? "everybody who signs in shares answers"
      : `who signs in shares answers by ${paths.join(", ")}`;
  return prospectOf(relation, schema, "signed-in", who);
}

function prospectOf(relation: string, schema: Schema, reader: ProspectReader, who: string): FoundProspect {
  const { read, query, declared } = question(relation, schema);
  const result = footprintOf(read, query, declared, schema);
  if ("bypass" in result) return bypassing(reader, "it reads, or may read, the request");
  const { caveats, relations } = result.footprint;
  const dependsOn = relations.filter((each) => each !== relation);
  const [caveat] = caveats;
  if (caveat === undefined) {
    return { prospect: { reader, how: "changes", words: `${who}, refreshed by changes` }, dependsOn };
  }
  const words = `${who}, by age only: it ${CAVEAT_WORDS[caveat.kind]} (${caveat.culprit})`;
  return { prospect: { reader, how: "age", words }, dependsOn };
}

/** Without a permissive policy for the reader, row-level security shows nothing. */
function hasPolicy(relation: string, schema: Schema): boolean {
  const policies = schema.get(relation)?.reads?.policies ?? [];
  return policies.some(({ permissive, bindsReader }) => permissive && bindsReader);
}

function nothing(reader: ProspectReader): FoundProspect {
  const words = reader === "anonymous" ? "anonymous readers see no row" : "who signs in sees no row";
  return { prospect: { reader, how: "nothing", words }, dependsOn: [] };
}

function bypassing(reader: ProspectReader, because: string): FoundProspect {
  const words = `${READERS[reader]}: their reads pass through, because ${because}`;
  return { prospect: { reader, how: "bypass", words }, dependsOn: [] };
}

function question(relation: string, schema: Schema) {
  const dot = relation.indexOf(".");
  const read: Read = {
    schema: relation.slice(0, dot),
    relation: relation.slice(dot + 1),
    search: "select=*",
  };
  const declared: Declared = {
    dependsOn: new Map(),
    tables: new Set(schema.keys()),
    obeysPolicies: true,
    keyedHeaders: new Set(),
  };
  return { read, query: parseQuery(read.relation, read.search), declared };
}
