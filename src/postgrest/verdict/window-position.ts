import type { ColumnFacts } from "../predicate/row-facts.ts";
import type { Work } from "../predicate/work.ts";
import type { Row } from "../row/change.ts";
import { rulesOf } from "../row/values.ts";
import type { ShapeWindow, SortKey } from "../shape/shape.ts";
import type { Window } from "./window.ts";

/**
 * Where a row of the result stands in its order: before the first row of the page, behind its last, or *inside*, which
 * is also what it is when that cannot be told.
 */
export type RowPosition = "before" | "inside" | "behind";

/** What comparing by one sort column costs, beside the length of the value. */
const STEPS_PER_SORT_KEY = 60;

export function positionOf(
  page: ShapeWindow,
  literals: readonly string[],
  window: Window,
  row: Row,
  work: Work,
): RowPosition {
  const limit = page.limit === undefined ? undefined : Number(literals[page.limit]);
  // Only behind a full page: a short one would show the row.
  if (window.last !== undefined && limit !== undefined && window.rows >= limit) {
    if (compareRows(page.order ?? [], row, window.last, work) === 1) return "behind";
  }
  // Without an offset there is nothing before the first row.
  if (window.first !== undefined && Number(literals[page.offset]) > 0) {
    if (compareRows(page.order ?? [], row, window.first, work) === -1) return "before";
  }
  return "inside";
}

/** -1 when the row sorts before the other, 1 behind it, 0 when they are equal; undefined when that is not known. */
function compareRows(
  order: readonly SortKey[],
  row: Row,
  other: readonly string[],
  work: Work,
): -1 | 0 | 1 | undefined {
  const facts = work.of(row);
  for (const [at, key] of order.entries()) {
    const [a, b] = [facts.column(key.column), other[at]];
    if (a === undefined || b === undefined || !work.meter.spend(STEPS_PER_SORT_KEY + b.length))
      return undefined;
    const sign = compareSources(key, a, b);
    if (sign === undefined) return undefined;
    if (sign !== 0) return sign;
  }
  return 0;
}

function compareSources(key: SortKey, a: ColumnFacts, b: string): -1 | 0 | 1 | undefined {
  // A `null` of jsonb may be SQL's or JSON's, and those sort apart.
  if (key.type === "jsonb" || key.type === "?") return undefined;
  if (a.isNull || b === "null") {
    if (a.source === b) return 0;
    return a.isNull === key.nullsFirst ? -1 : 1;
  }
  const rules = rulesOf(key.type);
  const [left, right] = [a.value(key.type), rules?.image(b)];
  if (rules === undefined || left === undefined || right === undefined) return undefined;
  const comparison = rules.compare(left, right);
  if (typeof comparison !== "number") return undefined;
  if (comparison === 0) return 0;
  return comparison > 0 !== key.descending ? 1 : -1;
}
