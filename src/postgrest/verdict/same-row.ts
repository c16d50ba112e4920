import type { Equality, Work } from "../predicate/work.ts";
import { keptMember, type Row } from "../row/change.ts";
import type { Part } from "../shape/shape.ts";

const STEPS_PER_COLUMN = 4;

/** V2 for the whole answer: the UPDATE leaves every column that decides it as it was. Needs no literals. */
export function unchanged(part: Part, old: Row, record: Row, work: Work): boolean {
  return sameText(part, part.columns, old, record, work);
}

/** Whether both rows certainly hold the same values in these columns. Undefined columns: any column may count. */
export function sameValues(
  part: Part,
  columns: readonly string[] | undefined,
  old: Row,
  record: Row,
  work: Work,
): boolean {
  return same("value", columns, old, record, work, (column) => sameValue(part, column, old, record, work));
}

/** As {@link sameValues}, and the values also print alike: `0` and `-0` are one value but two texts. */
export function sameText(
  part: Part,
  columns: readonly string[] | undefined,
  old: Row,
  record: Row,
  work: Work,
): boolean {
  return same("text", columns, old, record, work, (column) => {
    if (!sameValue(part, column, old, record, work)) return false;
    return !(part.floats?.includes(column) && work.of(old).column(column)?.mayHoldZero !== false);
  });
}

/** Asks for each of the columns, once for all parts that ask for the same ones in the same way. */
function same(
  kind: Equality,
  columns: readonly string[] | undefined,
  old: Row,
  record: Row,
  work: Work,
  isSame: (column: string) => boolean,
): boolean {
  if (columns === undefined) return false;
  return work.same(kind, columns, [old, record], () => {
    work.meter.share(STEPS_PER_COLUMN * columns.length);
    return columns.every(isSame);
  });
}

function sameValue(part: Part, column: string, old: Row, record: Row, work: Work): boolean {
  const other = record[column];
  const source = old[column];
  // Capture omits a large value that an UPDATE left alone from both rows, and the new row lists its column.
  if (source === undefined && other === undefined) return record[keptMember(column)] !== undefined;
  if (source === undefined || other === undefined || source.length !== other.length) return false;
  const facts = work.of(old).column(column);
  if (facts?.equals(other) !== true) return false;
  return !(facts.mayHoldNull && part.jsonb?.includes(column));
}
