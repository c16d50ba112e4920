import { type Change, keptMember, type Row } from "./change.ts";
import type { Footprint } from "./footprint.ts";
import { FALSE, mayPass, mustPass, NULL, TRUE } from "./outcomes.ts";
import { evaluate } from "./predicate.ts";
import type { Part, Shape } from "./shape.ts";
import { isNotShown, joinsNothing, joinsShown, type Position, positionOf, type Window } from "./window.ts";

/** By which rule a change does not touch an answer; DESIGN, *Verdicts*. */
export type Rule =
  /** the change concerns no relation of the footprint */
  | "relation"
  /** 1: neither the old nor the new row can satisfy the filter */
  | "filter"
  /** 2: no column that decides the answer changed */
  | "columns"
  /** 3: the row lies outside the window, before and after */
  | "window"
  /** 3, for embeds: the row joins no row that the answer shows */
  | "join";

export type Verdict =
  | { readonly affected: false; readonly rule: Rule }
  | { readonly affected: true; readonly relation: string };

type RowChange = Extract<Change, { kind: "row" }>;

/** The verdict on one part, for a change of one of its relations. */
export function judgePart(
  part: Part,
  number: number,
  literals: readonly string[],
  change: RowChange,
  window: Window | undefined,
): Rule | undefined {
  const { operation, record, old } = change;
  const before = operation === "INSERT" ? "absent" : old;
  const after = operation === "DELETE" ? "absent" : record;
  const outcomeBefore = outcome(part, literals, before);
  const outcomeAfter = outcome(part, literals, after);
  const mayCount = {
    before: mayPass(outcomeBefore) && isVisible(part, literals, before),
    after: mayPass(outcomeAfter) && isVisible(part, literals, after),
  };
  if (!mayCount.before && !mayCount.after) return "filter";
  if (operation === "UPDATE" && old && record && unchanged(part, old, record)) return "columns";
  const isSure = mustPass(outcomeBefore) && mustPass(outcomeAfter);
  const isUpdate = operation === "UPDATE" && old !== undefined && record !== undefined;
  const isAlike = isUpdate && isSure && policiesAgree(part, literals, old, record);
  if (isAlike && sameText(part, part.fixed, old, record)) return "columns";
  if (window === undefined) return undefined;
  const isUnmoved = isUpdate && staysPut(part, old, record, isAlike);
  if (isUnmoved && isNotShown(part, number, window, old)) return "window";
  if (isUnmoved && joinsNothing(part, number, window, old)) return "join";
  const aside = {
    before: before === "absent" || (before !== undefined && goesAside(part, number, window, before)),
    after: after === "absent" || (after !== undefined && comesAside(part, number, window, after)),
  };
  if (aside.before && aside.after) return "join";
  const shape = part.window;
  const place = (row: RowState, mayCount: boolean, isAside: boolean): Place => {
    if (row === "absent" || !mayCount || isAside) return "out";
    return row === undefined || shape === undefined ? "inside" : positionOf(shape, literals, window, row);
  };
  const isHidden = before !== "absent" && before !== undefined && isNotShown(part, number, window, before);
  // Behind the end of all rows, fewer rows leave the page as empty as it is.
  const isPastEnd = shape?.counted === false && window.rows === 0;
  const vanishes = isPastEnd || (isHidden && startsAtFirst(part, literals, window));
  const from = vanishes ? "out" : place(before, mayCount.before, aside.before);
  const to = place(after, mayCount.after, aside.after);
  // Both rows surely count: the total and the offset stay.
  const staysCounted = shape?.decisive === true && isSure;
  if (staysCounted && (isPastEnd || (from === "before" && to === "before"))) return "window";
  const isBeyond = (from === "out" || from === "behind") && (to === "out" || to === "behind");
  const isCounted = shape?.counted === true && (from === "behind" || to === "behind");
  return isBeyond && (!isCounted || staysCounted) ? "window" : undefined;
}

type Place = Position | "out";

/** What is not shown does not count: no page is before it, and no total beside the page. */
function startsAtFirst(part: Part, literals: readonly string[], window: Window): boolean {
  if (!window.isComplete) return false;
  return part.window === undefined ? part.shown?.fromStart === true : literals[part.window.offset] === "0";
}

/** Whether parents that the answer does not show are all that a row can take away by going. */
function goesAside(part: Part, number: number, window: Window, row: Row): boolean {
  const influence = part.join?.influence;
  const isFree = influence === "none" || (influence === "admits" && window.isComplete);
  return isFree && joinsNothing(part, number, window, row);
}

/** Whether a row that comes changes nothing of the parents, shown or not. */
function comesAside(part: Part, number: number, window: Window, row: Row): boolean {
  const { join } = part;
  if (join?.admitsAgain && joinsShown(part, number, window, row)) return true;
  const isFree = join?.influence === "none" || (join?.influence === "expels" && window.isComplete);
  return isFree && joinsNothing(part, number, window, row);
}

/** Whether each thing that policies ask is surely answered alike for both rows. */
function policiesAgree({ policies }: Part, literals: readonly string[], old: Row, record: Row): boolean {
  return (policies ?? []).every((condition) => {
    const outcomes = evaluate([condition], literals, old) | evaluate([condition], literals, record);
    return outcomes === TRUE || outcomes === FALSE || outcomes === NULL;
  });
}

/** `isAlike`: filter and policies surely say the same of both rows. */
function staysPut(part: Part, old: Row, record: Row, isAlike: boolean): boolean {
  const columns = isAlike ? part.placing?.fixed : part.placing?.columns;
  return columns?.every((column) => sameValue(part, column, old, record)) === true;
}

type RowState = Row | "absent" | undefined;

function outcome(part: Part, literals: readonly string[], row: RowState): number {
  if (row === "absent") return FALSE;
  return evaluate(part.where, literals, row ?? {});
}

function isVisible({ visible }: Part, literals: readonly string[], row: RowState): boolean {
  return visible === undefined || row === "absent" || mayPass(evaluate([visible], literals, row ?? {}));
}

/** A zero by itself, or in an array. */
const ZERO = /(^|[^\d.])-?0([^\d.]|$)/;

/** A null by itself, or in an array. */
const JSON_NULL = /^null$|^\[.*null/s;

/** Whether two row images surely say that a column holds the same value. */
function sameValue(part: Part, column: string, old: Row, record: Row): boolean {
  const source = old[column];
  if (source !== record[column]) return false;
  if (source === undefined) return record[keptMember(column)] !== undefined;
  return !(part.jsonb?.includes(column) && JSON_NULL.test(source));
}

/** Rule 2, which needs no literal. */
export function unchanged(part: Part, old: Row, record: Row): boolean {
  return sameText(part, part.columns, old, record);
}

function sameText(part: Part, columns: readonly string[] | undefined, old: Row, record: Row): boolean {
  if (columns === undefined) return false;
  return columns.every((column) => {
    if (!sameValue(part, column, old, record)) return false;
    return !(part.floats?.includes(column) && ZERO.test(old[column] ?? ""));
  });
}

/** The verdict of a footprint on a change, with the window of the answer if it is known. */
export function verdictOn(footprint: Footprint, change: Change, window?: Window): Verdict {
  if (!footprint.relations.includes(change.relation)) return { affected: false, rule: "relation" };
  if (change.kind === "flush") return { affected: true, relation: change.relation };
  const { parts } = JSON.parse(footprint.shape) as Shape;
  let weakest: Rule = "relation";
  for (const [number, part] of parts.entries()) {
    if (!part.relations.includes(change.relation)) continue;
    const rule = judgePart(part, number, footprint.literals, change, window);
    if (rule === undefined) return { affected: true, relation: change.relation };
    if (RULES.indexOf(rule) > RULES.indexOf(weakest)) weakest = rule;
  }
  return { affected: false, rule: weakest };
}

/** From the rule that needs least knowledge to the one that needs most. */
const RULES: readonly Rule[] = ["relation", "filter", "columns", "join", "window"];

const WORDS: Readonly<Record<Rule, string>> = {
  relation: "the query does not depend on this relation",
  filter: "neither the old nor the new row can satisfy the filter (rule 1)",
  columns: "no column that decides the answer changed (rule 2)",
  window: "the row is not among those shown, before and after (rule 3)",
  join: "the row joins no row that the answer shows (rule 3)",
};

/** The verdict and its rule in words, for people. */
export function explain(footprint: Footprint, change: Change, window?: Window): string {
  const verdict = verdictOn(footprint, change, window);
  if (!verdict.affected) return `unaffected: ${WORDS[verdict.rule]}`;
  if (change.kind === "flush") return `affected: ${change.relation} was flushed as a whole`;
  return `affected: the ${change.operation} on ${change.relation} may alter the answer (rule 4)`;
}
