import type { Change, Row } from "../../postgrest/row/change.ts";

/**
 * Rows have no prototype, so that a column named `constructor` is just that; remote procedures carry only objects
 * that have one. So a change is toWire for the way, and fromWire on arrival.
 */
export function toWire(change: Change): Change {
  return withRows(change, (row) => ({ ...row }));
}

export function fromWire(change: Change): Change {
  return withRows(change, (row) => Object.assign(Object.create(null), row));
}

function withRows(change: Change, convert: (row: Row) => Row): Change {
  if (change.kind === "flush") return change;
  const { record, old, ...rest } = change;
  return { ...rest, ...(record && { record: convert(record) }), ...(old && { old: convert(old) }) };
}
