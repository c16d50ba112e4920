import { evaluate } from "../predicate/evaluate.ts";
import { FALSE, NULL, TRUE } from "../predicate/ternary.ts";
import type { Work } from "../predicate/work.ts";
import type { Row } from "../row/change.ts";
import type { Part } from "../shape/shape.ts";
import { sameValues } from "./same-row.ts";
import type { Window } from "./window.ts";
import { isNotShown, joinsNothing, joinsShown } from "./window-keys.ts";
import { positionOf, type RowPosition } from "./window-position.ts";

/** A row before or after a change: absent before an INSERT and after a DELETE; undefined when it is not told. */
export type RowState = Row | "absent" | undefined;

/** The old and the new row of an UPDATE. */
export interface BothImages {
  readonly old: Row;
  readonly record: Row;
}

/** What is known of a change to a part's relation once V1 has not settled it. */
export interface PartJudgement {
  readonly part: Part;
  /** Of the part in its footprint: a window keeps keys under it. */
  readonly number: number;
  readonly literals: readonly string[];
  readonly before: RowState;
  readonly after: RowState;
  /** Undefined unless it is an UPDATE that tells both rows. */
  readonly images: BothImages | undefined;
  /** Undefined when it is not known what the answer showed. */
  readonly window: Window | undefined;
  /** Whether filter and policies may let the row count. */
  readonly mayCountBefore: boolean;
  readonly mayCountAfter: boolean;
  /** The filter certainly lets the row pass before and after. */
  readonly passesBoth: boolean;
  readonly work: Work;
}

/** Where a row is: out of the result altogether, or somewhere in it. */
export type WindowPlace = RowPosition | "out";

/** Filter and policies certainly say the same of both images. */
export function isAlike(judged: PartJudgement, { old, record }: BothImages): boolean {
  return judged.passesBoth && policiesAgree(judged, old, record);
}

/** Nothing has changed that decides whether the row is in the result, and where in it. */
export function isUnmoved(
  { part, work }: PartJudgement,
  { old, record }: BothImages,
  alike: boolean,
): boolean {
  return sameValues(part, alike ? part.placing?.fixed : part.placing?.columns, old, record, work);
}

/** The row existed before, and the answer certainly does not show it. */
export function isHiddenBefore({ part, number, before, work }: PartJudgement, window: Window): boolean {
  return before !== undefined && before !== "absent" && isNotShown(part, number, window, before, work);
}

/** The old row joined nothing that is shown, and its absence can only take away parents that are not shown. */
export function leavesUnnoticed({ part, number, before, work }: PartJudgement, window: Window): boolean {
  if (before === "absent" || before === undefined) return before === "absent";
  const influence = part.join?.influence;
  const isHarmless = influence === "none" || (influence === "admits" && window.isComplete);
  return isHarmless && joinsNothing(part, number, window, before, work);
}

/** The new row joined nothing that is shown, and brings in no parent. */
export function arrivesUnnoticed({ part, number, after, work }: PartJudgement, window: Window): boolean {
  if (after === "absent" || after === undefined) return after === "absent";
  if (part.join?.admitsAgain && joinsShown(part, number, window, after, work)) return true;
  const influence = part.join?.influence;
  const isHarmless = influence === "none" || (influence === "expels" && window.isComplete);
  return isHarmless && joinsNothing(part, number, window, after, work);
}

/** The row is certainly in the result before and after, so the total and what an offset skips stay as they are. */
export function staysCounted({ part, passesBoth }: PartJudgement): boolean {
  return part.window?.decisive === true && passesBoth;
}

/** The offset lies behind the last row: with fewer rows the page is as empty as it is. */
export function isPastEnd({ part }: PartJudgement, window: Window): boolean {
  return part.window?.counted === false && window.rows === 0;
}

/** No page precedes this one and there is no total, so whatever is not shown comes later or not at all. */
export function startsAtFirst({ part, literals }: PartJudgement, { isComplete }: Window): boolean {
  if (!isComplete) return false;
  return part.window === undefined ? part.shown?.fromStart === true : literals[part.window.offset] === "0";
}

/** @param isCounted false for a row that filter or policies keep out, or whose coming or going is not noticed */
export function placeOf(
  { part, literals, work }: PartJudgement,
  window: Window,
  row: RowState,
  isCounted: boolean,
): WindowPlace {
  if (row === "absent" || !isCounted) return "out";
  // A row that is not told may stand anywhere.
  if (row === undefined || part.window === undefined) return "inside";
  return positionOf(part.window, literals, window, row, work);
}

/** Whether each condition of the policies certainly has one outcome, the same for both images. */
function policiesAgree({ part, literals, work }: PartJudgement, old: Row, record: Row): boolean {
  return (part.policies ?? []).every((condition) => {
    const either = evaluate([condition], literals, old, work) | evaluate([condition], literals, record, work);
    return either === TRUE || either === FALSE || either === NULL;
  });
}
