import type { D1Column, D1Table } from "./schema.ts";
import { lowerCase } from "./tokens.ts";

/** The column that is the rowid: `INTEGER PRIMARY KEY`. */
export function rowidColumn({ columns, uniques, withoutRowid }: D1Table): D1Column | undefined {
  if (withoutRowid) return undefined;
  const key = columns.filter((column) => column.key > 0);
  const [only] = key;
  // `INTEGER PRIMARY KEY DESC` is none, by a mistake that SQLite keeps; such a key has an index.
  if (key.length !== 1 || uniques.some(({ origin }) => origin === "pk")) return undefined;
  return only !== undefined && lowerCase(only.type) === "integer" ? only : undefined;
}

/** A name for the rowid that no other column takes. Undefined: there is none, so no statement can name it either. */
export function rowidName(table: D1Table): string | undefined {
  if (table.withoutRowid) return undefined;
  const column = rowidColumn(table);
  if (column !== undefined) return column.name;
  const taken = new Set(table.columns.map(({ name }) => lowerCase(name)));
  return ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name));
}
