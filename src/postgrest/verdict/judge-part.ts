import { evaluate } from "../predicate/evaluate.ts";
import { FALSE, mayPass, mustPass, type Ternary } from "../predicate/ternary.ts";
import type { Work } from "../predicate/work.ts";
import type { Row, RowChange } from "../row/change.ts";
import type { Part } from "../shape/shape.ts";
import {
  arrivesUnnoticed,
  type BothImages,
  isAlike,
  isHiddenBefore,
  isPastEnd,
  isUnmoved,
  leavesUnnoticed,
  type PartJudgement,
  placeOf,
  type RowState,
  startsAtFirst,
  staysCounted,
} from "./judgement.ts";
import type { Rule } from "./rule.ts";
import { sameText, unchanged } from "./same-row.ts";
import type { Window } from "./window.ts";
import { joinsNothing } from "./window-keys.ts";

/** What the simplest verdict costs. */
const STEPS_PER_VERDICT = 60;

/**
 * The rule by which a change to one of the part's relations does not alter the answer, as far as this part goes.
 * Undefined: it may alter the answer, or finding out would cost more steps than a verdict may take.
 *
 * @param number of the part in its footprint; a window keeps keys under it
 * @param window what the answer showed; undefined when that is not known
 */
export function judgePart(
  part: Part,
  number: number,
  literals: readonly string[],
  change: RowChange,
  window: Window | undefined,
  work: Work,
): Rule | undefined {
  const { meter } = work;
  meter.begin();
  if (!meter.spend(STEPS_PER_VERDICT)) return undefined;
  const { operation, record, old } = change;
  const before: RowState = operation === "INSERT" ? "absent" : old;
  const after: RowState = operation === "DELETE" ? "absent" : record;
  const passesBefore = filterOn(part, literals, before, work);
  const passesAfter = filterOn(part, literals, after, work);
  const mayCountBefore = mayPass(passesBefore) && mayBeVisible(part, literals, before, work);
  const mayCountAfter = mayPass(passesAfter) && mayBeVisible(part, literals, after, work);
  // V1 comes before anything is allocated: nearly all verdicts of a large ingest end here.
  if (!mayCountBefore && !mayCountAfter) return meter.isOver ? undefined : "filter";
  const rule = decide({
    part,
    number,
    literals,
    before,
    after,
    images: hasBothImages(change) ? change : undefined,
    window,
    mayCountBefore,
    mayCountAfter,
    passesBoth: mustPass(passesBefore) && mustPass(passesAfter),
    work,
  });
  return meter.isOver ? undefined : rule;
}

/**
 * The decision table for what V1 does not settle; docs/design/verdicts.md. Read it from the top: the first row that holds
 * decides, and if none does the answer counts as affected (V4). It is written as statements, as rows that are objects cost
 * an allocation and a call each, a tenth of a large ingest.
 */
function decide(judged: PartJudgement): Rule | undefined {
  const { part, number, images, window, work, before, after, mayCountBefore, mayCountAfter } = judged;

  // V2 needs both images. Every column that decides the answer prints as it did.
  if (images && unchanged(part, images.old, images.record, work)) return "columns";

  // V2 needs both images. Filter and policies treat them alike, and all columns with a further use print as they did.
  const alike = images !== undefined && isAlike(judged, images);
  if (alike && sameText(part, part.fixed, images.old, images.record, work)) return "columns";

  // V3 needs the window.
  if (window === undefined) return undefined;

  // V3 needs both images, too. The answer does not show the row, and nothing has changed that could bring it in.
  const unmoved = images !== undefined && isUnmoved(judged, images, alike);
  if (unmoved && isHiddenBefore(judged, window)) return "window";

  // V3 needs both images, too. The row joins nothing that the answer shows, and nothing has changed that decides that.
  if (unmoved && joinsNothing(part, number, window, images.old, work)) return "join";

  // V3. What leaves and what arrives joins nothing shown, and changes no parent row that the answer would show.
  const leaves = leavesUnnoticed(judged, window);
  const arrives = arrivesUnnoticed(judged, window);
  if (leaves && arrives) return "join";

  // V3. The row stays before the page, or the page lies past the end; the total and what the offset skips stay, too.
  const pastEnd = isPastEnd(judged, window);
  const vanishes = pastEnd || (!unmoved && startsAtFirst(judged, window) && isHiddenBefore(judged, window));
  const from = vanishes ? "out" : placeOf(judged, window, before, mayCountBefore && !leaves);
  const to = placeOf(judged, window, after, mayCountAfter && !arrives);
  const counted = staysCounted(judged);
  if (counted && (pastEnd || (from === "before" && to === "before"))) return "window";

  // V3. The row was and is outside of the result or behind the page, and no total gives it away.
  const isBeyond = (from === "out" || from === "behind") && (to === "out" || to === "behind");
  const isTotalAtStake = part.window?.counted === true && (from === "behind" || to === "behind");
  if (isBeyond && (!isTotalAtStake || counted)) return "window";

  // V4.
  return undefined;
}

const NOTHING_KNOWN: Row = Object.freeze({});

function filterOn(part: Part, literals: readonly string[], row: RowState, work: Work): Ternary {
  if (row === "absent") return FALSE;
  return evaluate(part.where, literals, row ?? NOTHING_KNOWN, work);
}

/** Whether policies may let the reader see the row. */
function mayBeVisible({ visible }: Part, literals: readonly string[], row: RowState, work: Work): boolean {
  if (visible === undefined || row === "absent") return true;
  return mayPass(evaluate([visible], literals, row ?? NOTHING_KNOWN, work));
}

function hasBothImages(change: RowChange): change is RowChange & BothImages {
  return change.operation === "UPDATE" && change.old !== undefined && change.record !== undefined;
}
