import { ABANDONED_EVERY, KEEP_WHEN_ABANDONED_MS, NOW_SQL, OUTBOX, TOLD_LENGTH } from "../names.ts";
import type { WatchPlan } from "../options.ts";
import { anyOf, identifier, text } from "../quote.ts";
import { rowidColumn, rowidName } from "../schema/rowid.ts";
import type { D1Column } from "../schema/schema.ts";

/** Whose values: those of `OLD` or `NEW`, or of the row `v` that a query finds. */
export type RowVariable = "NEW" | "OLD" | "v";

/**
 * What is told of a row: a JSON object of its followed columns. No value of it can make the writer's statement fail (R10):
 * `json_object` takes no bytes, so they are told in hex. A text with a NUL, behind which SQLite's functions see nothing,
 * becomes U+FFFD, which no reader of the outbox takes for a value: the whole table counts as changed then.
 */
export function rowSql(plan: WatchPlan, row: RowVariable): string {
  if (plan.followed.length === 0) return "'{}'";
  const rowid = rowidColumn(plan.table);
  const pairs = plan.followed.map((column) => {
    const value = `${row}.${identifier(column.name)}`;
    return `${text(column.name)}, ${column === rowid ? value : valueSql(value)}`;
  });
  return `json_object(${pairs.join(", ")})`;
}

// Without CASE, since wrangler takes its END for the trigger's in places.
function valueSql(value: string): string {
  const told = `substr(${value}, 1, ${TOLD_LENGTH})`;
  const textual = `iif(instr(${value}, char(0)) > 0, char(65533), ${told})`;
  const real = `iif(typeof(${value}) = 'real', printf('%!.17g', ${value}), ${value})`;
  return `iif(typeof(${value}) = 'text', ${textual}, iif(typeof(${value}) = 'blob', hex(${told}), ${real}))`;
}

/** A row of the outbox with a change of all rows of the table; written where the condition holds. */
export function flushSql({ table }: WatchPlan, condition: string): string {
  return `INSERT INTO ${OUTBOX} (op, tbl) SELECT 'FLUSH', ${text(table.name)} WHERE ${condition}`;
}

/**
 * Of a coarse table, one row a statement. Triggers of SQLite's are fired by rows, so each must know whether this statement
 * has written already. The number of changes since the connection began stands where the last row of the outbox left it, plus
 * one, only within the statement that wrote it: its end counts the rows that it changed itself.
 */
export function coarseSql(plan: WatchPlan, condition: string): string {
  const isLast = `id = (SELECT max(id) FROM ${OUTBOX}) AND op = 'FLUSH' AND tbl = ${text(plan.table.name)}`;
  const isOurs = `at = ${NOW_SQL} AND mark = total_changes() - 1`;
  return `INSERT INTO ${OUTBOX} (op, tbl, mark) SELECT 'FLUSH', ${text(plan.table.name)}, total_changes()
    WHERE ${condition} AND NOT EXISTS (SELECT 1 FROM ${OUTBOX} WHERE ${isLast} AND ${isOurs})`;
}

/** Whether one of these columns differs between `OLD` and `NEW`, in its value or its type, whatever its collation. */
export function differsSql(columns: readonly D1Column[]): string {
  const terms = columns.flatMap(({ name }) => {
    const [before, after] = [`OLD.${identifier(name)}`, `NEW.${identifier(name)}`];
    return [`${before} IS NOT ${after} COLLATE BINARY`, `typeof(${before}) <> typeof(${after})`];
  });
  return anyOf(terms);
}

/** Whether more than quiet columns were changed. */
export function isLoudSql({ table, quiet }: WatchPlan): string {
  if (quiet.length === 0) return "1";
  const loud = differsSql(table.columns.filter((column) => !quiet.includes(column)));
  const rowid = rowidName(table);
  return rowid === undefined ? loud : `(${loud} OR OLD.${identifier(rowid)} <> NEW.${identifier(rowid)})`;
}

/** Deletes old rows now and then, when no keeper does. */
export const PRUNE_ABANDONED_SQL = `DELETE FROM ${OUTBOX} WHERE id IN (SELECT id FROM ${OUTBOX}
    WHERE id < (SELECT iif(last_insert_rowid() % ${ABANDONED_EVERY} = 0, last_insert_rowid(), NULL))
      AND at < ${NOW_SQL} - ${KEEP_WHEN_ABANDONED_MS} ORDER BY id LIMIT ${4 * ABANDONED_EVERY})`;
