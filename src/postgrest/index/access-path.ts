import type { ColumnFacts, RowFacts } from "../predicate/row-facts.ts";
import { untypedImage, untypedLiteral } from "../predicate/untyped.ts";
import { rulesOf } from "../row/values.ts";
import { OPAQUE, type Part, type ShapeCondition, type ShapeFilter, UNTYPED } from "../shape/shape.ts";

/**
 * How the index finds the queries of a shape for a row without asking each: by the values that all `eq` filters of a part
 * demand together, or, if it has none, by those of one `in` list.
 */
export interface AccessPath {
  readonly filters: readonly ShapeFilter[];
}

/** A longer list is not spread over the index. Its query is judged for every row instead. */
const MAX_LIST = 100;

/** The equalities that are looked up at most. Each costs time for every change, and further ones narrow little. */
const MAX_EQUALITIES = 8;

/** Undefined when no filter of the part demands a value that can be looked up. */
export function accessPathOf(part: Part): AccessPath | undefined {
  const hashable = part.where.filter((condition): condition is ShapeFilter => isHashable(condition));
  const equalities = hashable
    .filter(({ operator }) => operator === "eq")
    .filter(({ column }, at, all) => all.findIndex((other) => other.column === column) === at)
    .sort((a, b) => (a.column < b.column ? -1 : a.column > b.column ? 1 : 0))
    .slice(0, MAX_EQUALITIES);
  if (equalities.length > 0) return { filters: equalities };
  const [list] = hashable.filter(({ operator }) => operator === "in");
  return list === undefined ? undefined : { filters: [list] };
}

function isHashable(condition: ShapeCondition): boolean {
  if (condition.kind !== "filter" || condition.negated || condition.path.length > 0) return false;
  if (condition.quantifier !== undefined || !["eq", "in"].includes(condition.operator)) return false;
  return condition.type === UNTYPED || (condition.type !== OPAQUE && rulesOf(condition.type) !== undefined);
}

/** The keys under which a query is found; undefined when one of its values has none. */
export function queryKeys(
  { filters }: AccessPath,
  literals: readonly string[],
): readonly string[] | undefined {
  const [first] = filters;
  const literal = literals[first?.slot ?? -1];
  if (first?.operator === "in") {
    const values = JSON.parse(literal ?? "[]") as readonly string[];
    if (values.length > MAX_LIST) return undefined;
    const keys = new Set<string>();
    for (const value of values) {
      const key = literalKey(first, value);
      if (key === undefined) return undefined;
      keys.add(key);
    }
    return [...keys];
  }
  let tuple = "";
  for (const filter of filters) {
    const key = literalKey(filter, literals[filter.slot] ?? "");
    if (key === undefined) return undefined;
    tuple = filter === first ? key : `${tuple}\u0001${key}`;
  }
  return [tuple];
}

/** The key of the queries that a row may satisfy. Null when it satisfies none, undefined when it may satisfy any. */
export function rowKey({ filters }: AccessPath, row: RowFacts): string | null | undefined {
  let tuple = "";
  let known = true;
  for (const filter of filters) {
    const key = imageKey(filter, row.column(filter.column));
    if (key === null) return null;
    if (key === undefined) known = false;
    else tuple = filter === filters[0] ? key : `${tuple}\u0001${key}`;
  }
  return known ? tuple : undefined;
}

function literalKey({ type }: ShapeFilter, literal: string): string | undefined {
  if (type === UNTYPED) {
    const untyped = untypedLiteral(literal);
    return untyped && `${untyped.kind} ${untyped.key}`;
  }
  const rules = rulesOf(type);
  const value = rules?.literal(literal);
  return value === undefined ? undefined : rules?.key(value);
}

function imageKey({ type }: ShapeFilter, column: ColumnFacts | undefined): string | null | undefined {
  if (column === undefined) return undefined;
  if (column.isNull) return type === UNTYPED ? undefined : null;
  if (type !== UNTYPED) return column.key(type);
  const untyped = untypedImage(column.source);
  // A boolean may also equal 0 or 1.
  return untyped?.kind === "boolean" ? undefined : untyped && `${untyped.kind} ${untyped.key}`;
}
