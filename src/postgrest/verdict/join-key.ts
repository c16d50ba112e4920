import type { RowFacts } from "../predicate/row-facts.ts";

/**
 * A row's values in these columns as one text, equal for equal values only. Null when one of them is NULL, which joins
 * nothing; undefined when one is not known.
 */
export function joinKey(
  columns: readonly string[],
  types: readonly string[],
  row: RowFacts,
): string | null | undefined {
  const values: string[] = [];
  for (const [at, name] of columns.entries()) {
    const column = row.column(name);
    if (column === undefined) return undefined;
    if (column.isNull) return null;
    const key = column.key(types[at] ?? "");
    if (key === undefined) return undefined;
    values.push(key);
  }
  return values.length === 1 ? values[0] : JSON.stringify(values);
}
