import type { ClaimExpression } from "../claims/expression.ts";
import type { Influence } from "../shape/shape.ts";
import { columnName } from "./column-name.ts";
import { conditionOf, type Reading } from "./condition.ts";
import type { PolicyCondition } from "./policy-condition.ts";
import { type Source, sourcesIn } from "./sources.ts";
import {
  isKeyword,
  isSymbol,
  operands,
  readsRelations,
  type SqlNode,
  separated,
  unwrap,
} from "./sql-tokens.ts";

/** Rows of another relation by which a policy decides on a row: `EXISTS (SELECT … FROM relation …)` or another subquery. */
export interface PolicyLookup<C = PolicyCondition> {
  /** "schema.table" */
  readonly relation: string;
  /** What a further row of it does: with `EXISTS` it can only admit, with `NOT EXISTS` only expel. */
  readonly influence: Exclude<Influence, "none">;
  /** What its rows must satisfy, as far as that is understood. */
  readonly where: readonly C[];
  /** `where` and `joins` say everything. */
  readonly isExact: boolean;
  /** Columns of its rows, and the equal columns of the row that the policy decides on. */
  readonly joins: readonly { readonly column: string; readonly parentColumn: string }[];
}

/** What a subquery's rows are compared with: `column IN (SELECT …)`, or `auth.uid() IN (SELECT …)`. */
export type Member = { readonly parentColumn: string } | { readonly claim: ClaimExpression };

/**
 * Reads `SELECT columns FROM schema.table [alias] [WHERE …]`, with inner joins if the reader's claims are known. Undefined for
 * anything more. If the rows decide in any way, subqueries in it are the caller's to look at: they narrow nothing here.
 *
 * @param member of `member IN (SELECT …)`; undefined for any other subquery
 */
export function lookupsIn(
  items: readonly SqlNode[],
  table: string,
  influence: PolicyLookup["influence"],
  member: Member | undefined,
  reading: Reading,
): readonly PolicyLookup[] | undefined {
  const from = items.findIndex((item) => isKeyword(item, "FROM"));
  const [select, ...targets] = items.slice(0, Math.max(0, from));
  if (!isKeyword(select, "SELECT")) return undefined;
  const isSplit = influence === "decides";
  // A call could return any number of rows.
  if (!isSplit && !targets.every(isPlainTarget)) return undefined;
  const rest = items.slice(from + 1);
  const [listed = [], ...asked] = operands(rest, "WHERE") ?? [rest];
  const read = asked.every(isOneExpression) && sourcesIn(listed, reading.functions !== undefined);
  if (!read) return undefined;
  const { sources, isAlone } = read;
  const conditions = [...asked, ...read.conditions];
  if (!isSplit && conditions.some(readsRelations)) return undefined;
  const owner = sources.find(({ alias }) => columnName(targets, alias) !== undefined);
  if (member !== undefined && owner === undefined) return undefined;
  return sources.map((source) => {
    const lookup: Mutable = { where: [], joins: [], isExact: isAlone && influence !== "decides" };
    const context = { ...source, table, reading: { ...reading, isPositive: true } };
    for (const each of conditions) collect(each, context, lookup);
    const target = source === owner ? columnName(targets, source.alias) : undefined;
    if (member !== undefined && target !== undefined) collectMember(member, target, lookup);
    return { relation: source.relation, influence, ...lookup };
  });
}

function isPlainTarget(item: SqlNode): boolean {
  return ["name", "number"].includes(item.kind) || isSymbol(item, ".") || isSymbol(item, ",");
}

/** Postgres puts brackets around everything but a lone column, so `GROUP BY` and the like would follow. */
function isOneExpression(items: readonly SqlNode[]): boolean {
  return items.length === 1 || (items.length === 3 && isSymbol(items[1], "."));
}

interface Mutable {
  where: PolicyCondition[];
  joins: { column: string; parentColumn: string }[];
  isExact: boolean;
}

interface SourceContext extends Source {
  readonly table: string;
  readonly reading: Reading;
}

/** Splits a conjunction. What is not understood only makes the lookup less exact. */
function collect(wrapped: readonly SqlNode[], context: SourceContext, into: Mutable): void {
  const items = unwrap(wrapped);
  const parts = operands(items, "AND");
  if (parts !== undefined) {
    for (const part of parts) collect(part, context, into);
    return;
  }
  const { alias, table, reading } = context;
  const [left, right, ...others] = separated(items, "=");
  const column = columnName(left ?? [], alias) ?? columnName(right ?? [], alias);
  const parentColumn = columnName(left ?? [], table) ?? columnName(right ?? [], table);
  const condition = conditionOf(items, alias, reading);
  if (condition !== undefined) into.where.push(condition);
  else if (column !== undefined && parentColumn !== undefined && others.length === 0 && alias !== table) {
    into.joins.push({ column, parentColumn });
  } else into.isExact = false;
}

function collectMember(member: Member, target: string, into: Mutable): void {
  if ("parentColumn" in member) into.joins.push({ column: target, parentColumn: member.parentColumn });
  else {
    const { claim } = member;
    into.where.push({
      kind: "claim",
      negated: false,
      test: "equal",
      claim,
      column: target,
      isPositive: true,
    });
  }
}
