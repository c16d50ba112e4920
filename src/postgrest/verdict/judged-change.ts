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
export interface Judgement {
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
type Place = RowPosition | "out";

/** What the decision table asks about a change. Each answer is worked out when it is first asked for, and kept. */
export class JudgedChange {
  readonly given: Judgement;
  #isAlike: boolean | undefined;
  #isUnmoved: boolean | undefined;
  #isHiddenBefore: boolean | undefined;
  #leavesUnnoticed: boolean | undefined;
  #arrivesUnnoticed: boolean | undefined;
  #from: Place | undefined;
  #to: Place | undefined;

  constructor(given: Judgement) {
    this.given = given;
  }

  /** Filter and policies certainly say the same of both images. */
  get isAlike(): boolean {
    const { images, passesBoth } = this.given;
    this.#isAlike ??= images !== undefined && passesBoth && policiesAgree(this.given, images);
    return this.#isAlike;
  }

  /** Nothing has changed that decides whether the row is in the result, and where in it. */
  get isUnmoved(): boolean {
    if (this.#isUnmoved === undefined) {
      const { part, images, work } = this.given;
      const columns = this.isAlike ? part.placing?.fixed : part.placing?.columns;
      this.#isUnmoved = images !== undefined && sameValues(part, columns, images.old, images.record, work);
    }
    return this.#isUnmoved;
  }

  /** The row existed before, and the answer certainly does not show it. */
  get isHiddenBefore(): boolean {
    if (this.#isHiddenBefore === undefined) {
      const { part, number, window, before, work } = this.given;
      const isKnown = window !== undefined && before !== undefined && before !== "absent";
      this.#isHiddenBefore = isKnown && isNotShown(part, number, window, before, work);
    }
    return this.#isHiddenBefore;
  }

  /** The old row joined nothing that is shown, and its absence can only take away parents that are not shown. */
  get leavesUnnoticed(): boolean {
    const { before } = this.given;
    this.#leavesUnnoticed ??= before === "absent" || (before !== undefined && mayLeave(this.given, before));
    return this.#leavesUnnoticed;
  }

  /** The new row joins nothing that is shown, and brings in no parent. */
  get arrivesUnnoticed(): boolean {
    const { after } = this.given;
    this.#arrivesUnnoticed ??= after === "absent" || (after !== undefined && mayArrive(this.given, after));
    return this.#arrivesUnnoticed;
  }

  /** The row is certainly in the result before and after, so the total and what an offset skips stay as they are. */
  get staysCounted(): boolean {
    return this.given.part.window?.decisive === true && this.given.passesBoth;
  }

  /** The offset lies behind the last row: with fewer rows the page is as empty as it is. */
  isPastEnd(window: Window): boolean {
    return this.given.part.window?.counted === false && window.rows === 0;
  }

  /** Where the old row was. A row that can go without a trace counts as out. */
  from(window: Window): Place {
    const { before, mayCountBefore } = this.given;
    this.#from ??=
      this.isPastEnd(window) || (this.isHiddenBefore && startsAtFirst(this.given, window))
        ? "out"
        : placeOf(this.given, window, before, mayCountBefore && !this.leavesUnnoticed);
    return this.#from;
  }

  /** Where the new row is. */
  to(window: Window): Place {
    const { after, mayCountAfter } = this.given;
    this.#to ??= placeOf(this.given, window, after, mayCountAfter && !this.arrivesUnnoticed);
    return this.#to;
  }
}

/** Whether each condition of the policies certainly has one outcome, the same for both images. */
function policiesAgree({ part, literals, work }: Judgement, { old, record }: BothImages): boolean {
  return (part.policies ?? []).every((condition) => {
    const either = evaluate([condition], literals, old, work) | evaluate([condition], literals, record, work);
    return either === TRUE || either === FALSE || either === NULL;
  });
}

function mayLeave({ part, number, window, work }: Judgement, row: Row): boolean {
  const influence = part.join?.influence;
  const isHarmless = influence === "none" || (influence === "admits" && window?.isComplete === true);
  return window !== undefined && isHarmless && joinsNothing(part, number, window, row, work);
}

function mayArrive({ part, number, window, work }: Judgement, row: Row): boolean {
  if (window === undefined) return false;
  if (part.join?.admitsAgain && joinsShown(part, number, window, row, work)) return true;
  const influence = part.join?.influence;
  const isHarmless = influence === "none" || (influence === "expels" && window.isComplete);
  return isHarmless && joinsNothing(part, number, window, row, work);
}

/** No page precedes this one and there is no total, so whatever is not shown comes later or not at all. */
function startsAtFirst({ part, literals }: Judgement, { isComplete }: Window): boolean {
  if (!isComplete) return false;
  return part.window === undefined ? part.shown?.fromStart === true : literals[part.window.offset] === "0";
}

function placeOf(
  { part, literals, work }: Judgement,
  window: Window,
  row: RowState,
  isCounted: boolean,
): Place {
  if (row === "absent" || !isCounted) return "out";
  // A row that is not told may stand anywhere.
  if (row === undefined || part.window === undefined) return "inside";
  return positionOf(part.window, literals, window, row, work);
}
