import { OUTBOX } from "../names.ts";
import type { WatchPlan } from "../options.ts";
import { anyOf, identifier, text } from "../quote.ts";
import { rowidColumn, rowidName } from "../schema/rowid.ts";
import type { D1Table } from "../schema/schema.ts";
import { lowerCase } from "../schema/tokens.ts";
import { decisiveNames, generatedNames, type ReadIndex, readIndex } from "../schema/unique-keys.ts";
import { isBeyondCasts, isOddSql, ofNewRowSql } from "./new-row-sql.ts";
import { flushSql, rowSql } from "./told-sql.ts";

/**
 * REPLACE deletes rows without firing their delete triggers (R8). So before each insert or update the rows that stand in the
 * way of the new one are written down, by every unique index, as that index sees them. What the statement does about a
 * conflict no trigger can know: where it does not replace, the note costs a load.
 */
export function vanishingSql(plan: WatchPlan, event: "INSERT" | "UPDATE"): readonly string[] {
  const { table } = plan;
  const indexes = table.uniques.map((index) => readIndex(table, index));
  const known = indexes.filter((index) => index !== undefined);
  const isUnderstood = known.length === indexes.length && !known.some((index) => isBeyondCasts(table, index));
  if (!isUnderstood) return [flushSql(plan, "1")];
  const byRowid = rowidConflict(table, event);
  const conflicts = known.map((index) => {
    // A row that stands in the way twice is told once.
    const told = byRowid === undefined ? "" : ` AND (${byRowid.same}) IS NOT 1`;
    return indexConflict(table, index, event) + told;
  });
  const finds = byRowid === undefined ? conflicts : [byRowid.conflict, ...conflicts];
  const notes = finds.map(
    (condition) =>
      `INSERT INTO ${OUTBOX} (op, tbl, old) SELECT 'DELETE', ${text(table.name)}, ${rowSql(plan, "v")}
    FROM ${identifier(table.name)} AS v WHERE ${condition}`,
  );
  const unknown = unknownKeySql(table, known, event);
  return unknown === undefined ? notes : [...notes, flushSql(plan, unknown)];
}

/** The row that has the new one's rowid. `same`: whether the row `v` is that. */
function rowidConflict(table: D1Table, event: "INSERT" | "UPDATE") {
  const rowid = rowidName(table);
  if (rowid === undefined) return undefined;
  const name = identifier(rowid);
  const same = `v.${name} = NEW.${name}`;
  return { same, conflict: event === "INSERT" ? same : `${same} AND NEW.${name} <> OLD.${name}` };
}

function indexConflict(table: D1Table, index: ReadIndex, event: "INSERT" | "UPDATE"): string {
  const { keys, where } = index;
  const equal = keys.map(({ column, expression, collation }) =>
    expression === null
      ? `v.${identifier(column ?? "")} COLLATE ${identifier(collation)} = NEW.${identifier(column ?? "")}`
      : `(${expression}) COLLATE ${identifier(collation)} = ${ofNewRowSql(table, expression)}`,
  );
  const partial = where === null ? [] : [`(${where})`, ofNewRowSql(table, where)];
  return [...equal, ...partial, ...(event === "UPDATE" ? [otherRow(table, index)] : [])].join(" AND ");
}

/**
 * That the row found is not the one which is updated. Where no key has changed, nothing is looked up: in a unique index
 * nobody else has the same.
 */
function otherRow(table: D1Table, { keys, where }: ReadIndex): string {
  const changed = keys.map(({ column, collation }) => {
    const name = identifier(column ?? "");
    return `NEW.${name} COLLATE ${identifier(collation)} IS NOT OLD.${name}`;
  });
  const isPlain = where === null && keys.every(({ expression }) => expression === null);
  const other = notOld(table);
  return isPlain ? `${anyOf(changed)} AND ${other}` : other;
}

function notOld(table: D1Table): string {
  const rowid = rowidName(table);
  if (rowid !== undefined) return `v.${identifier(rowid)} <> OLD.${identifier(rowid)}`;
  const key = table.uniques.find(({ origin }) => origin === "pk");
  if (!table.withoutRowid || key === undefined) return "1";
  const differs = key.keys.map(({ column, collation }) => {
    const name = identifier(column ?? "");
    return `v.${name} COLLATE ${identifier(collation)} IS NOT OLD.${name}`;
  });
  return anyOf(differs);
}

/**
 * When the new row's keys are not known yet. REPLACE puts a NOT NULL column's default in the place of NULL after the triggers
 * ran, and an automatic rowid is -1 before that. All of the table counts as changed then.
 */
function unknownKeySql(
  table: D1Table,
  indexes: readonly ReadIndex[],
  event: "INSERT" | "UPDATE",
): string | undefined {
  const rowid = rowidColumn(table);
  const decisive = decisiveNames(table, indexes);
  const defaults = table.columns.filter((column) => {
    const isNotNull = column.notNull || (table.withoutRowid && column.key > 0);
    return isNotNull && column.default !== null && column !== rowid && decisive.has(lowerCase(column.name));
  });
  const unknown = defaults.map(({ name }) => `NEW.${identifier(name)} IS NULL`);
  unknown.push(...new Set(indexes.flatMap((index) => isOddSql(table, index))));
  if (event === "INSERT" && rowid !== undefined) {
    const name = lowerCase(rowid.name);
    const isComputedFrom =
      indexes.some(({ names }) => names.has(name)) || generatedNames(table, indexes).has(name);
    if (isComputedFrom) unknown.push(`NEW.${identifier(rowid.name)} = -1`);
  }
  return unknown.length === 0 ? undefined : anyOf(unknown);
}
