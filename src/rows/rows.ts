import { CHARACTERS_TOLD, type RowValue } from "./coarse.ts";
import { fullName, type RowMap } from "./row-map.ts";
import { rowName, tableName, wholeName } from "./row-name.ts";

/** Rows that a load reads. Made by `rows` of the library; it brings what it needs along, so that others need not ship it. */
export class Rows {
  readonly table: string;
  readonly where: Readonly<Record<string, RowValue>>;
  /** All columns of these rows that are read; undefined: any may be. */
  readonly columns: readonly string[] | undefined;

  constructor(
    table: string,
    where: Readonly<Record<string, RowValue>>,
    columns: readonly string[] | undefined = undefined,
  ) {
    this.table = table;
    this.where = where;
    this.columns = columns;
  }

  /** What stands for them by this map (R2, R3). */
  namesIn(map: RowMap): RowNames {
    const { table: written, where } = this;
    const table = fullName(map, written);
    if (table === undefined) return missing(written, map);
    const known = map.tables[table];
    if (known === undefined)
      return Object.hasOwn(map.views, table) ? isView(written, map.views[table]) : { unwatched: table };
    const named = Object.keys(where);
    const strange = [...named, ...(this.columns ?? [])].find(
      (each) => known.columns?.includes(each) === false,
    );
    if (strange !== undefined)
      return { code: "unknown-column", message: `${table} has no column ${strange}` };
    const column = known.followed.find((each) => named.includes(each) && isComparable(where[each]));
    const areFollowed = this.columns?.every((each) => known.followed.includes(each)) === true;
    const coarser = named.length > 0 && column === undefined ? { table, columns: named } : null;
    const scope = areFollowed ? "followed" : "any";
    if (column === undefined) return { names: [wholeName(table), tableName(table, scope)], coarser };
    return { names: [wholeName(table), rowName(table, column, where[column] as RowValue, scope)], coarser };
  }
}

/** Of longer texts the database may read more than it tells the keeper. */
function isComparable(value: RowValue | undefined): boolean {
  return typeof value !== "string" || value.length <= CHARACTERS_TOLD;
}

/** All that a load reads: at least one that is known before, and functions of the value for the rest. */
export type RowReads<T = unknown> = readonly (Rows | ((value: T | undefined) => readonly Rows[]))[];

/** The names of rows, or why there are none. */
export type RowNames =
  | {
      readonly names: readonly string[];
      /** Columns of which none is followed, or by no value that is compared, so that the whole table stands for them. */
      readonly coarser: { readonly table: string; readonly columns: readonly string[] } | null;
    }
  /** A table whose changes are not told. */
  | { readonly unwatched: string }
  | { readonly code: "unknown-table" | "unknown-column"; readonly message: string };

function missing(written: string, map: RowMap): RowNames {
  const known = Object.keys(map.tables).join(", ");
  // Capture is not installed, or refuses to tell.
  if (known === "") return { unwatched: written };
  return { code: "unknown-table", message: `there is no table ${written}: the keeper hears of ${known}` };
}

function isView(written: string, tables: readonly string[] = []): RowNames {
  const message = `${written} is a view: name the tables that it reads (${tables.join(", ")})`;
  return { code: "unknown-table", message };
}
