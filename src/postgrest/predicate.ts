import { parseArrayLiteral } from "./array-literal.ts";
import type { Row } from "./change.ts";
import { stepInto, textOf } from "./json-value.ts";
import { listOf } from "./literal-lists.ts";
import { alwaysNull, arrayTest, jsonTest, scalarTest, type Test, untypedTest } from "./operators.ts";
import { and, FALSE, NULL, not, type Outcomes, or, TRUE, truth, UNKNOWN } from "./outcomes.ts";
import type { IsValue } from "./query.ts";
import { BOUNDED, HIDDEN, OPAQUE, type ShapeCondition, type ShapeFilter, UNTYPED } from "./shape.ts";
import { untypedIs } from "./untyped.ts";

/** What the conjunction may yield for this row. A column that the row image lacks may hold anything. */
export function evaluate(
  conditions: readonly ShapeCondition[],
  literals: readonly string[],
  row: Row,
): Outcomes {
  let result = TRUE;
  for (const condition of conditions) {
    result = and(result, evaluateOne(condition, literals, row));
    if (result === FALSE) break;
  }
  return result;
}

function evaluateOne(condition: ShapeCondition, literals: readonly string[], row: Row): Outcomes {
  if (condition.kind === "unknown") return UNKNOWN;
  if (condition.kind === "filter") {
    const outcomes = evaluateFilter(condition, literals[condition.slot] ?? "", row);
    return condition.negated ? not(outcomes) : outcomes;
  }
  const fold = condition.kind === "and" ? and : or;
  let result = condition.kind === "and" ? TRUE : FALSE;
  for (const part of condition.conditions) result = fold(result, evaluateOne(part, literals, row));
  return condition.negated ? not(result) : result;
}

function evaluateFilter(filter: ShapeFilter, literal: string, row: Row): Outcomes {
  const source = row[filter.column];
  if (source === undefined || filter.type === HIDDEN) return UNKNOWN;
  if (filter.path.length > 0) return evaluatePath(filter, literal, source);
  if (filter.operator === "is") return evaluateIs(filter.type, literal as IsValue, source);
  if (filter.type === OPAQUE || filter.type === "json") return UNKNOWN;
  if (filter.type === UNTYPED) return test(filter, literal, source, untypedTest);
  if (filter.type === "jsonb") {
    // A jsonb null and SQL's NULL look the same here.
    return source === "null" ? UNKNOWN : test(filter, literal, source, jsonTest);
  }
  if (filter.type.startsWith("_") || filter.type.startsWith(BOUNDED))
    return test(filter, literal, source, arrayTest);
  return test(filter, literal, source, scalarTest);
}

/** Whatever stands before the last arrow, only `jsonb` has paths whose text is known from a row image. */
function evaluatePath(filter: ShapeFilter, literal: string, source: string): Outcomes {
  if (filter.type !== "jsonb") return UNKNOWN;
  // SQL's NULL or jsonb's: they differ in what an index finds.
  if (source === "null" && filter.path.some((step) => step.index !== undefined)) return UNKNOWN;
  let at: string | null = source === "null" ? null : source;
  for (const step of filter.path.slice(0, -1)) {
    if (step.text) return UNKNOWN;
    if (at !== null) at = stepInto(at, step);
  }
  const last = filter.path.at(-1);
  if (last === undefined) return UNKNOWN;
  if (at !== null) at = stepInto(at, last);
  if (!last.text) {
    if (filter.operator === "is") return nullness(literal, at === null);
    return test(filter, literal, at ?? "null", at === null ? alwaysNull : jsonTest);
  }
  // How jsonb prints a structure as text is not told by every row image.
  if (at !== null && /^[{[]/.test(at)) return filter.operator === "is" ? nullness(literal, false) : UNKNOWN;
  const value = at === null ? null : textOf(at);
  if (filter.operator === "is") return nullness(literal, value === null);
  if (filter.operator === "ilike") return UNKNOWN;
  return test(
    { ...filter, type: "text" },
    literal,
    value === null ? "null" : JSON.stringify(value),
    scalarTest,
  );
}

function nullness(literal: string, isNull: boolean): Outcomes {
  if (literal === "null") return truth(isNull);
  return literal === "not_null" ? truth(!isNull) : UNKNOWN;
}

function evaluateIs(type: string, value: IsValue, source: string): Outcomes {
  if (type === UNTYPED) return untypedIs(source, value);
  // A null inside of JSON and SQL's NULL look the same here.
  if (source === "null" && (type === "json" || type === "jsonb")) return UNKNOWN;
  if (value === "null" || value === "not_null") {
    // A composite of nulls IS NULL, and one of some nulls is neither.
    return type === OPAQUE && source.startsWith("{") ? TRUE | FALSE : nullness(value, source === "null");
  }
  if (type !== "bool") return UNKNOWN;
  return truth(value === "unknown" ? source === "null" : source === value);
}

/** Takes `in`, `any`, `all`, `isdistinct` and NULL off the operators. */
function test(filter: ShapeFilter, literal: string, source: string, one: Test): Outcomes {
  const isNull = source === "null" && filter.type !== UNTYPED && one !== jsonTest;
  const equality: ShapeFilter = filter.operator === "in" ? { ...filter, operator: "eq" } : filter;
  const single = (text: string | null): Outcomes => {
    if (text === null || isNull) return NULL;
    return one(equality, text, source);
  };
  if (filter.operator === "in") return fold("any", listOf(literal), single);
  if (filter.operator === "isdistinct") {
    if (isNull || one === alwaysNull) return TRUE;
    const equal = one({ ...filter, operator: "eq" }, literal, source);
    // Distinctness is never null: what equality leaves null, it calls distinct.
    return not(equal & ~NULL) | (equal & NULL ? TRUE : 0);
  }
  if (filter.quantifier === undefined) return single(literal);
  const elements = parseArrayLiteral(literal);
  return elements === undefined ? UNKNOWN : fold(filter.quantifier, elements, single);
}

function fold(
  quantifier: "any" | "all",
  elements: readonly (string | null)[],
  single: (text: string | null) => Outcomes,
): Outcomes {
  let result = quantifier === "any" ? FALSE : TRUE;
  for (const element of elements) {
    result = quantifier === "any" ? or(result, single(element)) : and(result, single(element));
  }
  return result;
}
