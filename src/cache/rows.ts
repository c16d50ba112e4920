import type { RowValue } from "../rows/coarse.ts";
import { Rows } from "../rows/rows.ts";
import { CacheError } from "./entry/errors.ts";

/**
 * Rows of a table, for `reads`. Without `where`: all of them. Values are compared coarsely (`"7"` is `7`, `"Ada"` is `"ADA"`):
 * that costs a load at times, and is never stale.
 *
 * @param where columns and their values, before a change or after it; one that the database follows is enough
 * @param columns all columns of these rows that the load reads, those that it filters and sorts by included. If the database
 * follows each of them, a change of other columns leaves the entry alone. Default: any.
 * @throws CacheError `invalid-option` for a value that no row has: undefined, NaN, a Date, an object
 */
export function rows(
  table: string,
  where: Readonly<Record<string, RowValue>> = {},
  columns?: readonly string[],
): Rows {
  if (typeof table !== "string" || table === "")
    throw new CacheError("invalid-option", "rows() takes the name of a table");
  for (const [column, value] of Object.entries(where)) {
    if (isRowValue(value)) continue;
    throw new CacheError(
      "invalid-option",
      `rows("${table}"): ${column} is ${nameOf(value)}, which no row has`,
    );
  }
  if (columns !== undefined && !Array.isArray(columns))
    throw new CacheError("invalid-option", `rows("${table}"): its columns are a list: ["id", "title"]`);
  return new Rows(table, { ...where }, columns);
}

function isRowValue(value: unknown): value is RowValue {
  if (value === null || value instanceof ArrayBuffer || value instanceof Uint8Array) return true;
  if (typeof value === "number") return !Number.isNaN(value);
  return typeof value === "string" || typeof value === "bigint" || typeof value === "boolean";
}

function nameOf(value: unknown): string {
  return typeof value === "object" && value !== null
    ? `a ${value.constructor?.name ?? "object"}`
    : String(value);
}
