/** Rows asked for by `Range`, inclusive, from 0; nothing set means all of them. */
export interface Rows {
  readonly from?: number;
  readonly to?: number;
}

/**
 * The one range of rows in `Range: 0-9` or `Range: 10-` (`RangeQuery.hs` of PostgREST), or undefined for anything
 * else: PostgREST ignores some of it and refuses the rest, and `If-Range` is nothing it knows.
 */
export function parseRows(headers: ReadonlyMap<string, string>): Rows | undefined {
  const unit = headers.get("range-unit");
  if (headers.has("if-range") || (unit !== undefined && unit !== "items")) return undefined;
  const range = headers.get("range");
  if (range === undefined) return {};
  // 15 digits are exact as numbers.
  const match = /^(\d{1,15})-(\d{1,15})?$/.exec(range);
  if (match === null) return undefined;
  const from = Number(match[1]);
  if (match[2] === undefined) return from === 0 ? {} : { from };
  const to = Number(match[2]);
  return to < from ? undefined : { from, to };
}

export function printRows({ from, to }: Rows): string {
  return from === undefined ? "" : `${from}-${to ?? ""}`;
}
