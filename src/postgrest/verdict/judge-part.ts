import { evaluate } from "../predicate/evaluate.ts";
import { FALSE, mayPass, mustPass, type Ternary } from "../predicate/ternary.ts";
import type { Work } from "../predicate/work.ts";
import type { Change, Row } from "../row/change.ts";
import type { Part } from "../shape/shape.ts";
import { type BothImages, JudgedChange, type RowState } from "./judged-change.ts";
import type { Rule } from "./rule.ts";
import { sameText, unchanged } from "./same-row.ts";
import type { Window } from "./window.ts";
import { joinsNothing } from "./window-keys.ts";

type RowChange = Extract<Change, { kind: "row" }>;

/**
 * One row of the decision table. `needs` says what has to be known before `holds` may be asked:
 *
 * - *images*: an UPDATE that tells the old row and the new one
 * - *window*: what the stored answer showed
 */
type Decision = { readonly rule: Rule } & (
  | { readonly needs: "images"; readonly holds: (judged: JudgedChange, images: BothImages) => boolean }
  | { readonly needs: "window"; readonly holds: (judged: JudgedChange, window: Window) => boolean }
  | {
      readonly needs: "images and window";
      readonly holds: (judged: JudgedChange, images: BothImages, window: Window) => boolean;
    }
);

/**
 * When a change that V1 does not settle leaves the answer as it is; docs/design/verdicts.md. Read it from the top: the
 * first row that holds decides. If none does, the answer counts as affected (V4). Cheap rows come first.
 */
const DECISIONS: readonly Decision[] = [
  {
    // V2: every column that decides the answer prints as it did.
    rule: "columns",
    needs: "images",
    holds: ({ given }, { old, record }) => unchanged(given.part, old, record, given.work),
  },
  {
    // V2: filter and policies certainly treat both images alike, so only columns with a further use have to be equal.
    rule: "columns",
    needs: "images",
    holds: ({ given, isAlike }, { old, record }) =>
      isAlike && sameText(given.part, given.part.fixed, old, record, given.work),
  },
  {
    // V3: the answer does not show the row, and nothing has changed that could bring it in.
    rule: "window",
    needs: "images and window",
    holds: (judged) => judged.isUnmoved && judged.isHiddenBefore,
  },
  {
    // V3: nothing has changed that decides what the row joins, and it joins nothing that the answer shows.
    rule: "join",
    needs: "images and window",
    holds: (judged, { old }, window) =>
      judged.isUnmoved &&
      joinsNothing(judged.given.part, judged.given.number, window, old, judged.given.work),
  },
  {
    // V3: what leaves and what arrives joins nothing shown, and changes no parent row that the answer would show.
    rule: "join",
    needs: "window",
    holds: (judged) => judged.leavesUnnoticed && judged.arrivesUnnoticed,
  },
  {
    // V3: the row stays before the page, or the page lies past the end; the total and what the offset skips stay too.
    rule: "window",
    needs: "window",
    holds: (judged, window) =>
      judged.staysCounted &&
      (judged.isPastEnd(window) || (judged.from(window) === "before" && judged.to(window) === "before")),
  },
  {
    // V3: the row was and is outside of the result or behind the page, and no total gives it away.
    rule: "window",
    needs: "window",
    holds: (judged, window) => {
      const [from, to] = [judged.from(window), judged.to(window)];
      if ((from !== "out" && from !== "behind") || (to !== "out" && to !== "behind")) return false;
      const isTotalAtStake =
        judged.given.part.window?.counted === true && (from === "behind" || to === "behind");
      return !isTotalAtStake || judged.staysCounted;
    },
  },
];

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
  // V1 stands apart from the table, before anything is allocated: nearly all verdicts of a large ingest end here.
  if (!mayCountBefore && !mayCountAfter) return meter.isOver ? undefined : "filter";
  const judged = new JudgedChange({
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
  const decision = DECISIONS.find((each) => holds(each, judged));
  // Once the steps are spent, no condition means anything.
  return meter.isOver ? undefined : decision?.rule;
}

function holds(decision: Decision, judged: JudgedChange): boolean {
  const { images, window } = judged.given;
  switch (decision.needs) {
    case "images":
      return images !== undefined && decision.holds(judged, images);
    case "window":
      return window !== undefined && decision.holds(judged, window);
    case "images and window":
      return images !== undefined && window !== undefined && decision.holds(judged, images, window);
  }
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
