import { durationOf } from "./quantities.ts";

/** Why a gateway that has just been set up serves few hits that are proven by changes. The keeper notes the time in steps. */
export function byAgeInWords(byAgeForMs: number): string {
  return `for up to ${durationOf(byAgeForMs)} more, answers count by their age: the schema is new to the keeper (keeper.schemaReload)`;
}
