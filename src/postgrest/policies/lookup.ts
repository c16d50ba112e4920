import type { Condition } from "../query/query.ts";
import { columnName, conditionOf } from "./condition.ts";
import { isKeyword, isSymbol, operands, readsRelations, type SqlNode, unwrap } from "./sql-tokens.ts";

/** A subquery by which a policy decides on a row: `EXISTS (SELECT … FROM relation …)` or `column IN (SELECT …)`. */
export interface PolicyLookup {
  /** "schema.table" */
  readonly relation: string;
  /** What a further row of it does: with `EXISTS` it can only admit, with `NOT EXISTS` only expel. */
  readonly influence: "admits" | "expels";
  /** What its rows must satisfy, as far as that is understood. */
  readonly where: readonly Condition[];
  /** `where` and `joins` say everything. */
  readonly isExact: boolean;
  /** Columns of its rows, and the equal columns of the row that the policy decides on. */
  readonly joins: readonly { readonly column: string; readonly parentColumn: string }[];
}

/**
 * Reads `SELECT columns FROM schema.table [alias] [WHERE …]`. Undefined for anything more.
 *
 * @param parentColumn of `parentColumn IN (SELECT …)`; undefined for `EXISTS`
 */
export function lookupIn(
  items: readonly SqlNode[],
  table: string,
  influence: PolicyLookup["influence"],
  parentColumn: string | undefined,
): PolicyLookup | undefined {
  const from = items.findIndex((item) => isKeyword(item, "FROM"));
  const [select, ...targets] = items.slice(0, Math.max(0, from));
  const [schema, dot, name, ...rest] = items.slice(from + 1);
  if (!isKeyword(select, "SELECT") || schema?.kind !== "name" || name?.kind !== "name") return undefined;
  // A call could return any number of rows.
  if (!isSymbol(dot, ".") || !targets.every(isPlainTarget)) return undefined;
  const alias = rest[0]?.kind === "name" ? rest[0].text : name.text;
  const [where, ...conditions] = rest[0]?.kind === "name" ? rest.slice(1) : rest;
  if (where !== undefined && (!isKeyword(where, "WHERE") || !isOneExpression(conditions))) return undefined;
  if (readsRelations(conditions)) return undefined;
  const target = columnName(targets, alias);
  if (parentColumn !== undefined && target === undefined) return undefined;
  const lookup: Mutable = { where: [], joins: [], isExact: true };
  if (where !== undefined) collect(conditions, alias, table, lookup);
  if (parentColumn !== undefined && target !== undefined) lookup.joins.push({ column: target, parentColumn });
  return { relation: `${schema.text}.${name.text}`, influence, ...lookup };
}

function isPlainTarget(item: SqlNode): boolean {
  return ["name", "number"].includes(item.kind) || isSymbol(item, ".") || isSymbol(item, ",");
}

/** Postgres puts brackets around everything but a lone column, so `GROUP BY` and the like would follow. */
function isOneExpression(items: readonly SqlNode[]): boolean {
  return items.length === 1 || (items.length === 3 && isSymbol(items[1], "."));
}

interface Mutable {
  where: Condition[];
  joins: { column: string; parentColumn: string }[];
  isExact: boolean;
}

/** Splits a conjunction. What is not understood only makes the lookup less exact. */
function collect(wrapped: readonly SqlNode[], alias: string, table: string, into: Mutable): void {
  const items = unwrap(wrapped);
  const parts = operands(items, "AND");
  if (parts !== undefined) {
    for (const part of parts) collect(part, alias, table, into);
    return;
  }
  const [left, right, ...others] = operandsOf(items, "=");
  const column = columnName(left ?? [], alias) ?? columnName(right ?? [], alias);
  const parentColumn = columnName(left ?? [], table) ?? columnName(right ?? [], table);
  const condition = conditionOf(items, alias);
  if (condition !== undefined) into.where.push(condition);
  else if (column !== undefined && parentColumn !== undefined && others.length === 0 && alias !== table) {
    into.joins.push({ column, parentColumn });
  } else into.isExact = false;
}

function operandsOf(items: readonly SqlNode[], symbol: string): readonly (readonly SqlNode[])[] {
  const at = items.findIndex((item) => isSymbol(item, symbol));
  return at < 0 ? [] : [items.slice(0, at), items.slice(at + 1)];
}
