import type { Change, Row } from "../../postgrest/row/change.ts";

/**
 * Rows have no prototype, so that a column may be named `constructor`. Remote procedures only carry objects with a
 * prototype, so a change gets one for the way (`toWire`) and loses it on arrival (`fromWire`).
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

/** A request as it arrives: an isolate of an earlier deployment sends no `boundMs`. Its reads are strict. */
export function withBound<T extends { readonly boundMs: number }>(
  request: Omit<T, "boundMs"> & Partial<Pick<T, "boundMs">>,
): T {
  return { ...request, boundMs: request.boundMs ?? 0 } as T;
}
