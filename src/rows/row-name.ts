import { hash32 } from "../runtime/hash.ts";
import { coarse, type RowValue } from "./coarse.ts";
import type { RowMap } from "./row-map.ts";

// What a change of a row raises, and what an entry stands on: `s` and a table, `s`, a table and `!` (all of it at once), `w`
// and a row: a table, a column, and its value compared coarsely. With a `~`: only if a followed column has changed.

/** Which changes raise a name: any, or those in which a followed column has another value than before. */
export type RowScope = "any" | "followed";

const MARK: Readonly<Record<RowScope, string>> = { any: "", followed: "~" };

/** A change of the table. */
export const tableName = (table: string, scope: RowScope = "any"): string => `s${MARK[scope]}${table}`;

/** All of the table at once, as a TRUNCATE changes it. Whatever stands on one of its rows stands on this, too (R3). */
export const wholeName = (table: string): string => `s${table}!`;

/** Rows that have this value in this column, before or after the change. */
export const rowName = (table: string, column: string, value: RowValue, scope: RowScope = "any"): string =>
  `w${MARK[scope]}${table}.${column}=${coarse(value)}`;

/** Row names share these, by hash. With 4,096 an entry would live 0.7 s at 1,000 changes a second; so it lives 11 s (R1). */
const ROW_BUCKETS = 65_536;

/** The slots of these names in a fence. Those of rows are shared, those of tables are not. */
export class RowSlots {
  readonly #tables = new Map<string, number>();

  constructor({ tables }: RowMap) {
    for (const table of Object.keys(tables).sort()) {
      for (const name of [tableName(table), wholeName(table), tableName(table, "followed")])
        this.#tables.set(name, ROW_BUCKETS + this.#tables.size);
    }
  }

  /** @returns undefined for a table that is not in the map */
  of(name: string): number | undefined {
    if (name.startsWith("s")) return this.#tables.get(name);
    return hash32(name) % ROW_BUCKETS;
  }

  /** How many slots there are. */
  get count(): number {
    return ROW_BUCKETS + this.#tables.size;
  }
}

/** Whether a name is of a row or a table, and not of a key, tag, prefix or namespace. */
export const isRowName = (name: string): boolean => name.startsWith("w") || name.startsWith("s");

/** A change of a row as `namesOfChange` reads it; values are JSON texts. A row that is absent is not told. */
export interface ImagesOfChange {
  readonly operation: "INSERT" | "UPDATE" | "DELETE";
  readonly record?: Readonly<Record<string, string>> | undefined;
  readonly old?: Readonly<Record<string, string>> | undefined;
}

/**
 * What a change raises: its table, and its rows before and after by each followed column. All of the table if some of that is
 * not told.
 */
export function namesOfChange(
  table: string,
  followed: readonly string[],
  change: ImagesOfChange,
): readonly string[] {
  const { operation, record, old } = change;
  const images = [operation !== "INSERT" && old, operation !== "DELETE" && record].filter(
    (image) => image !== false,
  );
  const isSame =
    operation === "UPDATE" && followed.every((column) => isSameText(old?.[column], record?.[column]));
  const scopes: readonly RowScope[] = isSame ? ["any"] : ["any", "followed"];
  const all = [tableName(table), tableName(table, "followed"), wholeName(table)];
  const names = scopes.map((scope) => tableName(table, scope));
  for (const image of images) {
    for (const column of followed) {
      const value =
        image === undefined || !Object.hasOwn(image, column) ? undefined : rowValue(image[column]);
      if (value === undefined) return all;
      for (const scope of scopes) names.push(rowName(table, column, value, scope));
    }
  }
  return names;
}

/** Longer texts may have been cut: their quotes count. */
const TOLD_WHOLE = 256;

/**
 * Whether two JSON texts surely tell one value. Those of texts may not: bytes are told in hex, and SQLite's numbers with a point by
 * what they print.
 */
function isSameText(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || one !== other || one.length > TOLD_WHOLE) return false;
  if (!one.startsWith('"')) return true;
  return /[g-z]/i.test(one) && !/inf|nan/i.test(one);
}

/** @returns undefined for what no `where` names: arrays and objects, and no JSON */
function rowValue(source: string | undefined): RowValue | undefined {
  try {
    const value: unknown = JSON.parse(source ?? "");
    // Stands for characters that could not be told.
    if (typeof value === "string" && value.includes("\uFFFD")) return undefined;
    return typeof value === "object" && value !== null ? undefined : (value as RowValue);
  } catch {
    return undefined;
  }
}
