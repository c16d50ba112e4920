import type { Footprint } from "../footprint/footprint.ts";
import { Work } from "../predicate/work.ts";
import type { Change } from "../row/change.ts";
import type { Shape } from "../shape/shape.ts";
import { judgePart } from "./judge-part.ts";
import { RULE_IN_WORDS, type Rule, strongerOf } from "./rule.ts";
import type { Window } from "./window.ts";

/** Whether a change may alter an answer, and if not, the rule that says so. */
export type Verdict =
  | { readonly affected: false; readonly rule: Rule }
  | { readonly affected: true; readonly relation: string };

/**
 * The verdict of a footprint on a change: unaffected only if a rule proves every part of the footprint untouched.
 *
 * @param window what the answer showed; undefined when that is not known, and then V3 proves nothing
 */
export function verdictOn(footprint: Footprint, change: Change, window?: Window): Verdict {
  if (!footprint.relations.includes(change.relation)) return { affected: false, rule: "relation" };
  if (change.kind === "flush") return { affected: true, relation: change.relation };
  const { parts } = JSON.parse(footprint.shape) as Shape;
  let strongest: Rule = "relation";
  const work = new Work();
  for (const [number, part] of parts.entries()) {
    if (!part.relations.includes(change.relation)) continue;
    const rule = judgePart(part, number, footprint.literals, change, window, work);
    if (rule === undefined) return { affected: true, relation: change.relation };
    strongest = strongerOf(strongest, rule);
  }
  return { affected: false, rule: strongest };
}

/** The verdict and its rule as a sentence for people. Takes what {@link verdictOn} takes. */
export function explain(footprint: Footprint, change: Change, window?: Window): string {
  return inWords(verdictOn(footprint, change, window), change);
}

/** A verdict on this change as a sentence for people. */
export function inWords(verdict: Verdict, change: Change): string {
  if (!verdict.affected) return `unaffected: ${RULE_IN_WORDS[verdict.rule]}`;
  if (change.kind === "flush") return `affected: ${change.relation} was flushed as a whole`;
  return `affected: the ${change.operation} on ${change.relation} may alter the answer (V4)`;
}
