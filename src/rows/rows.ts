import type { RowValue } from "./coarse.ts";
import { fullName, type RowMap } from "./row-map.ts";
import { rowName, tableName, wholeName } from "./row-name.ts";

/** Rows that a load reads. Made by `rows` of the library; it brings what it needs along, so that others need not ship it. */
export class Rows {
  readonly table: string;
  readonly where: Readonly<Record<string, RowValue>>;

  constructor(table: string, where: Readonly<Record<string, RowValue>>) {
    this.table = table;
    this.where = where;
  }

  /** What stands for them by this map (R2, R3). */
  namesIn(map: RowMap): RowNames {
    const { table: written, where } = this;
    const table = fullName(map, written);
    if (table === undefined) return missing(written, map);
    const known = map.tables[table];
    if (known === undefined)
      return Object.hasOwn(map.views, table) ? isView(written, map.views[table]) : { unwatched: table };
    const columns = Object.keys(where);
    const strange = columns.find((column) => known.columns?.includes(column) === false);
    if (strange !== undefined)
      return { code: "unknown-column", message: `${table} has no column ${strange}` };
    const column = known.followed.find((each) => columns.includes(each));
    if (column !== undefined)
      return { names: [wholeName(table), rowName(table, column, where[column] as RowValue)], coarser: null };
    return { names: [tableName(table)], coarser: columns.length > 0 ? { table, columns } : null };
  }
}

/** All that a load reads: at least one that is known before, and functions of the value for the rest. */
export type RowReads<T = unknown> = readonly (Rows | ((value: T | undefined) => readonly Rows[]))[];

/** The names of rows, or why there are none. */
export type RowNames =
  | {
      readonly names: readonly string[];
      /** Columns of which none is followed, so that the whole table stands for them. */
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
