import type { Footprint } from "../footprint/footprint.ts";
import { evaluate } from "../predicate/evaluate.ts";
import { FALSE, mayPass, mustPass, NULL, TRUE } from "../predicate/ternary.ts";
import { Work } from "../predicate/work.ts";
import { type Change, keptMember, type Row } from "../row/change.ts";
import type { Part, Shape } from "../shape/shape.ts";
import { isNotShown, joinsNothing, joinsShown, type Position, positionOf, type Window } from "./window.ts";

/** By which rule a change does not touch an answer; docs/design/verdicts.md. */
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

/** What the simplest verdict takes, and a column that it compares. */
const STEPS_PER_VERDICT = 60;
const STEPS_PER_COLUMN = 4;

/**
 * The verdict on one part, for a change of one of its relations. Undefined: the change may alter the answer, or it
 * would take too many steps to tell.
 */
export function judgePart(
  part: Part,
  number: number,
  literals: readonly string[],
  change: RowChange,
  window: Window | undefined,
  work: Work,
): Rule | undefined {
  work.meter.begin();
  if (!work.meter.spend(STEPS_PER_VERDICT)) return undefined;
  const rule = ruleFor(part, number, literals, change, window, work);
  return work.meter.isOver ? undefined : rule;
}

function ruleFor(
  part: Part,
  number: number,
  literals: readonly string[],
  change: RowChange,
  window: Window | undefined,
  work: Work,
): Rule | undefined {
  const { operation, record, old } = change;
  const before = operation === "INSERT" ? "absent" : old;
  const after = operation === "DELETE" ? "absent" : record;
  const outcomeBefore = outcome(part, literals, before, work);
  const outcomeAfter = outcome(part, literals, after, work);
  const mayCount = {
    before: mayPass(outcomeBefore) && isVisible(part, literals, before, work),
    after: mayPass(outcomeAfter) && isVisible(part, literals, after, work),
  };
  if (!mayCount.before && !mayCount.after) return "filter";
  if (operation === "UPDATE" && old && record && unchanged(part, old, record, work)) return "columns";
  const isSure = mustPass(outcomeBefore) && mustPass(outcomeAfter);
  const isUpdate = operation === "UPDATE" && old !== undefined && record !== undefined;
  const isAlike = isUpdate && isSure && policiesAgree(part, literals, old, record, work);
  if (isAlike && sameText(part, part.fixed, old, record, work)) return "columns";
  if (window === undefined) return undefined;
  const isUnmoved = isUpdate && staysPut(part, old, record, isAlike, work);
  if (isUnmoved && isNotShown(part, number, window, old, work)) return "window";
  if (isUnmoved && joinsNothing(part, number, window, old, work)) return "join";
  const aside = {
    before: before === "absent" || (before !== undefined && goesAside(part, number, window, before, work)),
    after: after === "absent" || (after !== undefined && comesAside(part, number, window, after, work)),
  };
  if (aside.before && aside.after) return "join";
  const shape = part.window;
  const place = (row: RowState, mayCount: boolean, isAside: boolean): Place => {
    if (row === "absent" || !mayCount || isAside) return "out";
    return row === undefined || shape === undefined
      ? "inside"
      : positionOf(shape, literals, window, row, work);
  };
  const isHidden =
    before !== "absent" && before !== undefined && isNotShown(part, number, window, before, work);
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
function goesAside(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const influence = part.join?.influence;
  const isFree = influence === "none" || (influence === "admits" && window.isComplete);
  return isFree && joinsNothing(part, number, window, row, work);
}

/** Whether a row that comes changes nothing of the parents, shown or not. */
function comesAside(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const { join } = part;
  if (join?.admitsAgain && joinsShown(part, number, window, row, work)) return true;
  const isFree = join?.influence === "none" || (join?.influence === "expels" && window.isComplete);
  return isFree && joinsNothing(part, number, window, row, work);
}

/** Whether each thing that policies ask is surely answered alike for both rows. */
function policiesAgree(
  { policies }: Part,
  literals: readonly string[],
  old: Row,
  record: Row,
  work: Work,
): boolean {
  return (policies ?? []).every((condition) => {
    const outcomes =
      evaluate([condition], literals, old, work) | evaluate([condition], literals, record, work);
    return outcomes === TRUE || outcomes === FALSE || outcomes === NULL;
  });
}

/** `isAlike`: filter and policies surely say the same of both rows. */
function staysPut(part: Part, old: Row, record: Row, isAlike: boolean, work: Work): boolean {
  const columns = isAlike ? part.placing?.fixed : part.placing?.columns;
  if (columns === undefined) return false;
  return work.same("value", columns, [old, record], () => {
    work.meter.share(STEPS_PER_COLUMN * columns.length);
    return columns.every((column) => sameValue(part, column, old, record, work));
  });
}

type RowState = Row | "absent" | undefined;

const NOTHING_KNOWN: Row = Object.freeze({});

function outcome(part: Part, literals: readonly string[], row: RowState, work: Work): number {
  if (row === "absent") return FALSE;
  return evaluate(part.where, literals, row ?? NOTHING_KNOWN, work);
}

function isVisible({ visible }: Part, literals: readonly string[], row: RowState, work: Work): boolean {
  return (
    visible === undefined ||
    row === "absent" ||
    mayPass(evaluate([visible], literals, row ?? NOTHING_KNOWN, work))
  );
}

/** Whether two row images surely say that a column holds the same value. */
function sameValue(part: Part, column: string, old: Row, record: Row, work: Work): boolean {
  const other = record[column];
  const source = old[column];
  // Large values that an UPDATE left as they were are in neither row; the new one lists their columns.
  if (source === undefined && other === undefined) return record[keptMember(column)] !== undefined;
  if (source === undefined || other === undefined || source.length !== other.length) return false;
  const facts = work.of(old).column(column);
  if (facts?.equals(other) !== true) return false;
  return !(facts.mayHoldNull && part.jsonb?.includes(column));
}

/** V2, which needs no literal. */
export function unchanged(part: Part, old: Row, record: Row, work: Work): boolean {
  return sameText(part, part.columns, old, record, work);
}

function sameText(
  part: Part,
  columns: readonly string[] | undefined,
  old: Row,
  record: Row,
  work: Work,
): boolean {
  if (columns === undefined) return false;
  return work.same("text", columns, [old, record], () => {
    work.meter.share(STEPS_PER_COLUMN * columns.length);
    return columns.every((column) => {
      if (!sameValue(part, column, old, record, work)) return false;
      return !(part.floats?.includes(column) && work.of(old).column(column)?.mayHoldZero !== false);
    });
  });
}

/** The verdict of a footprint on a change, with the window of the answer if it is known. */
export function verdictOn(footprint: Footprint, change: Change, window?: Window): Verdict {
  if (!footprint.relations.includes(change.relation)) return { affected: false, rule: "relation" };
  if (change.kind === "flush") return { affected: true, relation: change.relation };
  const { parts } = JSON.parse(footprint.shape) as Shape;
  let weakest: Rule = "relation";
  const work = new Work();
  for (const [number, part] of parts.entries()) {
    if (!part.relations.includes(change.relation)) continue;
    const rule = judgePart(part, number, footprint.literals, change, window, work);
    if (rule === undefined) return { affected: true, relation: change.relation };
    if (RULES.indexOf(rule) > RULES.indexOf(weakest)) weakest = rule;
  }
  return { affected: false, rule: weakest };
}

/** From the rule that needs least knowledge to the one that needs most. */
const RULES: readonly Rule[] = ["relation", "filter", "columns", "join", "window"];

const WORDS: Readonly<Record<Rule, string>> = {
  relation: "the query does not depend on this relation",
  filter: "neither the old nor the new row can satisfy the filter (V1)",
  columns: "no column that decides the answer changed (V2)",
  window: "the row is not among those shown, before and after (V3)",
  join: "the row joins no row that the answer shows (V3)",
};

/** The verdict and its rule in words, for people. */
export function explain(footprint: Footprint, change: Change, window?: Window): string {
  const verdict = verdictOn(footprint, change, window);
  if (!verdict.affected) return `unaffected: ${WORDS[verdict.rule]}`;
  if (change.kind === "flush") return `affected: ${change.relation} was flushed as a whole`;
  return `affected: the ${change.operation} on ${change.relation} may alter the answer (V4)`;
}
