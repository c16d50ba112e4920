import type { Footprints } from "../../src/keeper/keys/footprints.ts";
import { audienceText } from "../../src/postgrest/claims/audience-text.ts";
import { type ClaimPath, pathText, type ReaderClaims } from "../../src/postgrest/claims/claims.ts";
import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import type { Change } from "../../src/postgrest/row/change.ts";
import { verdictOn } from "../../src/postgrest/verdict/verdict.ts";
import type { Database } from "../soundness/database.ts";
import type { Person } from "./people.ts";

/** Names the audience that an answer is kept for. */
export type NameAudience = (role: string, paths: readonly ClaimPath[], reader: ReaderClaims) => string;

/** Who may be given an answer, and what it depends on; or why it is not kept. */
export type Kept = { readonly audience: string; readonly footprint: Footprint } | { readonly bypass: string };

/** As Tidemark names it. */
const named: NameAudience = (role, paths, { claims }) => audienceText(role, paths, claims);

/** What a query of each text gives somebody; null where the database refuses. */
export async function answersTo(
  database: Database,
  { role, claims }: Person,
  sql: readonly string[],
): Promise<readonly (string | null)[]> {
  const list = sql.map(literal).join(", ");
  const { rows } = await database.query<{ answers: string }>(
    `select to_json(trial.answers(${literal(role)}, ${literal(claims)}, array[${list}]::text[]))::text as answers`,
  );
  return JSON.parse(rows[0]?.answers ?? "[]") as (string | null)[];
}

/** Who somebody is by the database's word, as far as these claims tell. */
export async function whoIs(
  database: Database,
  person: Person,
  needed: readonly ClaimPath[],
): Promise<ReaderClaims> {
  const paths = [...new Map(needed.map((path) => [pathText(path), path])).values()];
  const sql = `select public.tidemark_whoami(${literal(JSON.stringify(paths))}::json)::text`;
  const [text] = await answersTo(database, person, [sql]);
  if (text == null) throw new Error("the database does not say who this is");
  const said = JSON.parse(text) as { readonly role: string; readonly claims: readonly (string | null)[] };
  const values = paths.map((path, n) => [pathText(path), said.claims[n] ?? null] as const);
  return { role: said.role, claims: new Map(values) };
}

/** For whom a reader's answer is kept. */
export function keptFor(
  footprints: Footprints,
  read: Read,
  reader: ReaderClaims,
  name: NameAudience = named,
): Kept {
  const needs = footprints.needs(read, reader.role);
  if ("bypass" in needs) return needs;
  const result = footprints.of(read, reader);
  if ("bypass" in result) return result;
  return { audience: name(reader.role, needs.paths, reader), footprint: result.footprint };
}

/** Whether one of these changes may touch an answer. */
export function isTouched(footprint: Footprint, changes: readonly Change[], footprints: Footprints): boolean {
  return changes.some((change) => footprints.concerns(change) && verdictOn(footprint, change).affected);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
