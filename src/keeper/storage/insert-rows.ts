import type { Sql, SqlValue } from "../ports/ports.ts";

/** A statement of a Durable Object takes so many parameters. */
const MOST_PARAMETERS = 100;

/** Inserts rows, as many with each statement as fit. */
export function insertRows(
  sql: Sql,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): void {
  const atOnce = Math.floor(MOST_PARAMETERS / columns.length);
  const row = `(${columns.map(() => "?").join(", ")})`;
  // Of two lengths only, so that SQLite compiles two statements.
  for (let from = 0; from < rows.length; ) {
    const count = rows.length - from >= atOnce ? atOnce : 1;
    const values = Array.from({ length: count }, () => row).join(", ");
    const bindings = rows.slice(from, from + count).flat();
    sql.exec(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ${values}`, ...bindings);
    from += count;
  }
}
