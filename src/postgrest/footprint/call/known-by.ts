import type { RelationDescription, Routine } from "../../schema/schema.ts";
import type { Declared } from "../footprint.ts";

/**
 * How it is known what a function reads. *postgres*: Postgres has analysed it, and all that it runs. *dependsOn*: the owner
 * says so. *nobody*: it is not, so its answers count by their age only.
 */
export type KnownBy = "postgres" | "dependsOn" | "nobody";

/** @param description of all functions of the name, `schema.function()` */
export function knownBy(
  name: string,
  { isAnalysed }: Routine,
  description: RelationDescription,
  declared: Declared,
): KnownBy {
  const isUnknown = description.reads?.caveats.some(({ kind }) => kind === "unknown-reads") === true;
  if (isAnalysed && !isUnknown) return "postgres";
  return declared.dependsOn.has(name) ? "dependsOn" : "nobody";
}
