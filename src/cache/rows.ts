import type { RowValue } from "../rows/coarse.ts";
import { Rows } from "../rows/rows.ts";
import { CacheError } from "./entry/errors.ts";

/**
 * Rows of a table, for `reads`. Without `where`: all of them. Values are compared coarsely (`"7"` is `7`, `"Ada"` is `"ADA"`):
 * that costs a load at times, and is never stale.
 *
 * @param where columns and their values, before a change or after it; one that the database follows is enough
 * @throws CacheError `invalid-option` for a value that no row has: undefined, NaN, a Date, an object
 */
export function rows(table: string, where: Readonly<Record<string, RowValue>> = {}): Rows {
  if (typeof table !== "string" || table === "")
    throw new CacheError("invalid-option", "rows() takes the name of a table");
  for (const [column, value] of Object.entries(where)) {
    if (isRowValue(value)) continue;
    throw new CacheError(
      "invalid-option",
      `rows("${table}"): ${column} is ${nameOf(value)}, which no row has`,
    );
  }
  return new Rows(table, { ...where });
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
