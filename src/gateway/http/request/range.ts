/** The rows that a `Range` asks for, counted from 0, both ends inclusive. With neither set: all rows. */
export interface RowRange {
  readonly from?: number;
  readonly to?: number;
}

/**
 * The range of rows in `Range: 0-9` or `Range: 10-` (`RangeQuery.hs` of PostgREST). Undefined for anything else:
 * PostgREST ignores some of it, refuses the rest, and does not know `If-Range`.
 */
export function parseRows(headers: ReadonlyMap<string, string>): RowRange | undefined {
  const unit = headers.get("range-unit");
  if (headers.has("if-range") || (unit !== undefined && unit !== "items")) return undefined;
  const range = headers.get("range");
  if (range === undefined) return {};
  // Numbers of 15 digits are exact.
  const match = /^(\d{1,15})-(\d{1,15})?$/.exec(range);
  if (match === null) return undefined;
  const from = Number(match[1]);
  if (match[2] === undefined) return from === 0 ? {} : { from };
  const to = Number(match[2]);
  return to < from ? undefined : { from, to };
}

export function printRows({ from, to }: RowRange): string {
  return from === undefined ? "" : `${from}-${to ?? ""}`;
}
