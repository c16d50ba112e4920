/** The rule that proves an answer untouched by a change; docs/design/verdicts.md states V1 to V4. */
export type Rule =
  /** The change concerns no relation of the footprint. */
  | "relation"
  /** V1: neither the old nor the new row can satisfy the filter. */
  | "filter"
  /** V2: no column that decides the answer changed. */
  | "columns"
  /** V3 for embeds: the row joins no row that the answer shows. */
  | "join"
  /** V3: the row lies outside the window, before and after. */
  | "window";

/** From the rule that needs the least knowledge to the one that needs the most. */
const BY_KNOWLEDGE: readonly Rule[] = ["relation", "filter", "columns", "join", "window"];

/** The rule of a whole verdict: the one of all its parts that needed the most knowledge. */
export function strongerOf(a: Rule, b: Rule): Rule {
  return BY_KNOWLEDGE.indexOf(a) < BY_KNOWLEDGE.indexOf(b) ? b : a;
}

export const RULE_IN_WORDS: Readonly<Record<Rule, string>> = {
  relation: "the query does not depend on this relation",
  filter: "neither the old nor the new row can satisfy the filter (V1)",
  columns: "no column that decides the answer changed (V2)",
  window: "the row is not among those shown, before and after (V3)",
  join: "the row joins no row that the answer shows (V3)",
};
