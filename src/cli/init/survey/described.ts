import type { RelationDescription, Schema } from "../../../postgrest/schema/schema.ts";
import { anonymousProspect, signedInProspect } from "./prospects.ts";
import { hasRowSecurity, type SurveyedPolicy, type SurveyedTable } from "./survey.ts";

/** A database's description of itself, for each role that reads; undefined where the role does not exist. */
export interface Descriptions {
  readonly anonymous: Schema | undefined;
  readonly signedIn: Schema | undefined;
}

/** What the database says of a relation besides its description. Without meaning but for tables. */
export interface TableFacts {
  readonly rowSecurity: boolean | undefined;
  readonly policies: readonly SurveyedPolicy[] | undefined;
}

/** The survey's entry of a relation that the database itself has described. */
export function describedTable(
  relation: string,
  description: RelationDescription,
  { anonymous, signedIn }: Descriptions,
  facts: TableFacts,
): SurveyedTable {
  const isSecured = facts.rowSecurity === true;
  const found = [
    ...(anonymous?.has(relation) ? [anonymousProspect(relation, anonymous, isSecured)] : []),
    ...(signedIn?.has(relation) ? [signedInProspect(relation, signedIn, isSecured)] : []),
  ];
  // Functions are described, too, and are none of its own.
  const kind = description.kind === "function" ? "unknown" : description.kind;
  return {
    relation,
    kind,
    rowSecurity: hasRowSecurity(kind) ? facts.rowSecurity : undefined,
    policies: hasRowSecurity(kind) ? facts.policies : undefined,
    prospects: found.map(({ prospect }) => prospect),
    dependsOn: [...new Set(found.flatMap(({ dependsOn }) => dependsOn))].sort(),
  };
}

/** Partitions are read through their parents, and shown with them. Functions are no tables. */
export function isOfItsOwn({ kind, ancestors }: RelationDescription): boolean {
  return kind !== "function" && ancestors.length === 0;
}
