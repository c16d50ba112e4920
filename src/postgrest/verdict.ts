import type { Change, Row } from "./change.ts";
import type { Footprint } from "./footprint.ts";
import { FALSE, mayPass, mustPass } from "./outcomes.ts";
import { evaluate } from "./predicate.ts";
import type { Part, Shape } from "./shape.ts";
import { isNotShown, joinsNothing, type Position, positionOf, type Window } from "./window.ts";

/** By which rule a change does not touch an answer; DESIGN, *Verdicts*. */
export type Rule =
  /** the change concerns no relation of the footprint */
  | "relation"
  /** 1: neither the old nor the new row can satisfy the filter */
  | "filter"
  /** 2: no column that decides the answer changed */
  | "columns"
  /** nothing can refer to a row that was just inserted */
  | "reference"
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
  if (!mayPass(outcomeBefore) && !mayPass(outcomeAfter)) return "filter";
  if (operation === "UPDATE" && old && record && unchanged(part, old, record)) return "columns";
  if (operation === "INSERT" && part.referenced) return "reference";
  if (window === undefined) return undefined;
  if (operation === "UPDATE" && old && record && isUnmoved(part, old, record)) {
    if (isNotShown(part, number, window, old)) return "window";
  }
  const aside = {
    before: isAside(part, number, window, before),
    after: isAside(part, number, window, after),
  };
  if (aside.before && aside.after) return "join";
  const shape = part.window;
  const place = (row: RowState, outcome: number, isAside: boolean): Place => {
    if (row === "absent" || !mayPass(outcome) || isAside) return "out";
    return row === undefined || shape === undefined ? "inside" : positionOf(shape, literals, window, row);
  };
  const hidden = before !== "absent" && before !== undefined && isNotShown(part, number, window, before);
  // Behind the end of all rows, fewer rows leave the page as empty as it is.
  const isPastEnd = shape?.counted === false && window.rows === 0;
  const vanishes = isPastEnd || (hidden && startsAtFirst(part, literals));
  const from = vanishes ? "out" : place(before, outcomeBefore, aside.before);
  const to = place(after, outcomeAfter, aside.after);
  // Both rows surely count: the total and the offset stay.
  const staysCounted = shape?.decisive === true && mustPass(outcomeBefore) && mustPass(outcomeAfter);
  if (staysCounted && (isPastEnd || (from === "before" && to === "before"))) return "window";
  const isBeyond = (from === "out" || from === "behind") && (to === "out" || to === "behind");
  const isCounted = shape?.counted === true && (from === "behind" || to === "behind");
  return isBeyond && (!isCounted || staysCounted) ? "window" : undefined;
}

type Place = Position | "out";

/** What is not shown does not count: no page before it, and no total beside it that counts beyond the page. */
function startsAtFirst(part: Part, literals: readonly string[]): boolean {
  if (part.window === undefined) return part.shown?.fromStart === true;
  const { offset, limit, counted } = part.window;
  return literals[offset] === "0" && !(counted && limit !== undefined);
}

function isUnmoved(part: Part, old: Row, record: Row): boolean {
  const placing = part.shown?.placing;
  return placing?.every((column) => old[column] !== undefined && old[column] === record[column]) === true;
}

type RowState = Row | "absent" | undefined;

function outcome(part: Part, literals: readonly string[], row: RowState): number {
  if (row === "absent") return FALSE;
  return evaluate(part.where, literals, row ?? {});
}

/** A zero by itself, or in an array. */
const ZERO = /(^|[^\d.])-?0([^\d.]|$)/;

/** Rule 2, which needs no literal. */
export function unchanged(part: Part, old: Row, record: Row): boolean {
  if (part.columns === undefined) return false;
  return part.columns.every((column) => {
    const source = old[column];
    if (source === undefined || source !== record[column]) return false;
    return !(part.floats?.includes(column) && ZERO.test(source));
  });
}

function isAside(part: Part, number: number, window: Window, row: RowState): boolean {
  return row === "absent" || (row !== undefined && joinsNothing(part, number, window, row));
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
const RULES: readonly Rule[] = ["relation", "filter", "columns", "reference", "join", "window"];

const WORDS: Readonly<Record<Rule, string>> = {
  relation: "the query does not depend on this relation",
  filter: "neither the old nor the new row can satisfy the filter (rule 1)",
  columns: "no column that decides the answer changed (rule 2)",
  reference: "no row that was there can refer to the row just inserted",
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
