import type { Test } from "../query/query.ts";
import { claimCondition } from "./claim-condition.ts";
import type { ClaimFunctions } from "./claim-sql.ts";
import { columnName } from "./column-name.ts";
import type { PolicyCondition } from "./policy-condition.ts";
import {
  arrayElements,
  isBoolean,
  isKeyword,
  isSymbol,
  operands,
  type SqlNode,
  unwrap,
} from "./sql-tokens.ts";

/** How a policy is read. */
export interface Reading {
  /** Functions that read the caller's claims. Undefined: for a reader whose claims are not known. */
  readonly functions?: ClaimFunctions | undefined;
  /** The expression stands under an even number of `NOT`. */
  readonly isPositive: boolean;
}

/**
 * A condition on the columns of one relation, in the form of a PostgREST filter, so that one evaluation serves both.
 * Undefined when any of it is not understood.
 */
export function conditionOf(
  wrapped: readonly SqlNode[],
  alias: string | undefined,
  reading: Reading,
): PolicyCondition | undefined {
  const items = unwrap(wrapped);
  for (const keyword of ["OR", "AND"] as const) {
    const parts = operands(items, keyword)?.map((part) => conditionOf(part, alias, reading));
    if (parts === undefined) continue;
    const conditions = parts.filter((part) => part !== undefined);
    const kind = keyword === "OR" ? "or" : "and";
    return conditions.length === parts.length ? { kind, negated: false, conditions } : undefined;
  }
  if (isKeyword(items[0], "NOT")) {
    const { isPositive } = reading;
    const condition = conditionOf(items.slice(1), alias, { ...reading, isPositive: !isPositive });
    if (condition === undefined || condition.kind === "unknown") return undefined;
    // What a logical one joins stays under the NOT; any other takes it in.
    return { ...condition, negated: !condition.negated, ...(condition.kind === "claim" && { isPositive }) };
  }
  return columnCondition(items, alias) ?? claimsOnly(items, alias, reading);
}

function columnCondition(items: readonly SqlNode[], alias: string | undefined): PolicyCondition | undefined {
  const width = alias === undefined ? 1 : 3;
  const column = columnName(items.slice(0, width), alias);
  const test = column === undefined ? undefined : testOf(items.slice(width));
  if (column === undefined || test === undefined) return undefined;
  const { negated, ...rest } = test;
  return { kind: "filter", field: { column, path: [] }, negated, test: rest.test };
}

function claimsOnly(
  items: readonly SqlNode[],
  alias: string | undefined,
  { functions, isPositive }: Reading,
): PolicyCondition | undefined {
  return functions && claimCondition(items, { functions, alias }, isPositive);
}

const OPERATORS = { "=": "eq", "<>": "neq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" } as const;

function testOf(items: readonly SqlNode[]): { readonly test: Test; readonly negated: boolean } | undefined {
  const [operator, ...rest] = items;
  // A boolean column alone.
  if (operator === undefined) return { test: { operator: "eq", value: "true" }, negated: false };
  if (isKeyword(operator, "IS")) return isTest(rest);
  if (operator.kind !== "symbol" || !(operator.text in OPERATORS)) return undefined;
  if (isSymbol(operator, "=") && isKeyword(rest[0], "ANY")) return listTest(rest.slice(1));
  const value = literalOf(rest);
  const name = OPERATORS[operator.text as keyof typeof OPERATORS];
  return value === undefined ? undefined : { test: { operator: name, value }, negated: false };
}

function isTest(items: readonly SqlNode[]): ReturnType<typeof testOf> {
  const negated = isKeyword(items[0], "NOT");
  const [first, second, ...rest] = negated ? items.slice(1) : items;
  if (isKeyword(first, "NULL") && second === undefined) {
    return { test: { operator: "is", value: "null" }, negated };
  }
  if (!isKeyword(first, "DISTINCT") || !isKeyword(second, "FROM")) return undefined;
  const value = literalOf(rest);
  return value === undefined ? undefined : { test: { operator: "isdistinct", value }, negated };
}

/** `(ARRAY[1, 2])` */
function listTest(items: readonly SqlNode[]): ReturnType<typeof testOf> {
  const elements = arrayElements(items);
  if (elements === undefined) return undefined;
  const values: string[] = [];
  for (const element of elements) {
    const value = literalOf(element);
    // PostgREST writes the empty list as one empty element.
    if (value === undefined || value === "") return undefined;
    values.push(value);
  }
  return { test: { operator: "in", values }, negated: false };
}

/** `2`, `true`, `'text'::type`. It is read by the column's type: for another type Postgres would print a cast. */
function literalOf(items: readonly SqlNode[]): string | undefined {
  const [value, cast, ...type] = items;
  if (cast !== undefined) {
    if (!isSymbol(cast, "::") || !isPlainType(type) || value?.kind !== "string") return undefined;
  }
  if (value?.kind === "string" || value?.kind === "number") return value.text;
  return value?.kind === "name" && isBoolean(value, "true", "false") ? value.text : undefined;
}

/** Other types compare across types without a cast: a date with a timestamp, a float4 with a float8. */
const PLAIN_TYPES: readonly string[] = ["smallint", "integer", "bigint", "numeric", "text", "uuid"];

/** One of these, or a type with a schema, which is user-defined: an enum. */
function isPlainType(items: readonly SqlNode[]): boolean {
  const [first, dot, last, ...others] = items;
  if (first?.kind !== "name") return false;
  if (dot === undefined) return PLAIN_TYPES.includes(first.text);
  return isSymbol(dot, ".") && last?.kind === "name" && others.length === 0;
}
