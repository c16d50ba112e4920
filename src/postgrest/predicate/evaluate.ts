import type { IsValue } from "../query/query.ts";
import type { Row } from "../row/change.ts";
import type { JsonNode } from "../row/json-tree.ts";
import { rulesOf, type Value } from "../row/values.ts";
import { BOUNDED, HIDDEN, OPAQUE, type ShapeCondition, type ShapeFilter, UNTYPED } from "../shape/shape.ts";
import { stepInto, textOf } from "./json-value.ts";
import type { Meter } from "./meter.ts";
import { alwaysNull, arrayTest, jsonTest, type OperatorTest, scalarTest, untypedTest } from "./operators.ts";
import { elementsOf, listKeysOf, listOf } from "./prepared.ts";
import type { ColumnFacts, RowFacts } from "./row-facts.ts";
import { and, FALSE, NULL, not, or, type Ternary, TRUE, truth, UNKNOWN } from "./ternary.ts";
import { TextFacts } from "./text-facts.ts";
import { untypedIs } from "./untyped.ts";
import { Work } from "./work.ts";

/** What a condition costs, beside its test. */
const STEPS_PER_CONDITION = 10;

/**
 * What the conjunction may yield for this row. A column that the row image lacks may hold anything, and a condition that
 * would cost more steps than are left may yield anything.
 */
export function evaluate(
  conditions: readonly ShapeCondition[],
  literals: readonly string[],
  row: Row,
  work: Work = new Work(),
): Ternary {
  return allOf(conditions, { literals, row: work.of(row), meter: work.meter });
}

interface Given {
  readonly literals: readonly string[];
  readonly row: RowFacts;
  readonly meter: Meter;
}

function allOf(conditions: readonly ShapeCondition[], given: Given): Ternary {
  let result = TRUE;
  for (const condition of conditions) {
    result = and(result, evaluateOne(condition, given));
    if (result === FALSE) break;
  }
  return result;
}

function anyOf(conditions: readonly ShapeCondition[], given: Given): Ternary {
  let result = FALSE;
  for (const condition of conditions) {
    result = or(result, evaluateOne(condition, given));
    if (result === TRUE) break;
  }
  return result;
}

function evaluateOne(condition: ShapeCondition, given: Given): Ternary {
  if (condition.kind === "unknown" || !given.meter.spend(STEPS_PER_CONDITION)) return UNKNOWN;
  const result =
    condition.kind === "filter"
      ? evaluateFilter(condition, given.literals[condition.slot] ?? "", given)
      : condition.kind === "and"
        ? allOf(condition.conditions, given)
        : anyOf(condition.conditions, given);
  return condition.negated ? not(result) : result;
}

function evaluateFilter(filter: ShapeFilter, literal: string, { row, meter }: Given): Ternary {
  const { type, path, operator } = filter;
  const column = row.column(filter.column);
  if (column === undefined || type === HIDDEN) return UNKNOWN;
  if (path.length > 0) return evaluatePath(filter, literal, column, meter);
  if (operator === "is") return evaluateIs(type, literal as IsValue, column.source);
  if (type === OPAQUE || type === "json") return UNKNOWN;
  if (type === UNTYPED) return testAll(filter, literal, false, untypedTest(column.source, meter), meter);
  if (type === "jsonb") {
    // SQL's NULL and JSON's null look the same in a row image.
    if (column.isNull) return UNKNOWN;
    return testAll(
      filter,
      literal,
      false,
      jsonTest(() => column.json, meter),
      meter,
    );
  }
  const bounds = type.startsWith(BOUNDED) ? BOUNDED : type.startsWith("_") ? "_" : undefined;
  if (bounds !== undefined) {
    const element = type.slice(bounds.length);
    const test = arrayTest(element, bounds === BOUNDED, () => column.array(element), meter);
    return testAll(filter, literal, column.isNull, test, meter);
  }
  return scalar(
    filter,
    type,
    literal,
    column.isNull,
    () => column.value(type),
    () => column.text,
    meter,
  );
}

/** Only for `jsonb` does a row image tell the text at the end of a path. */
function evaluatePath(filter: ShapeFilter, literal: string, column: ColumnFacts, meter: Meter): Ternary {
  const { path, operator } = filter;
  if (filter.type !== "jsonb" || !meter.spend(STEPS_PER_CONDITION * path.length)) return UNKNOWN;
  // It may be SQL's NULL or JSON's, in which an array index finds different things.
  if (column.isNull && path.some((step) => step.index !== undefined)) return UNKNOWN;
  const root = column.isNull ? null : column.json;
  if (root === undefined) return UNKNOWN;
  let at: JsonNode | null = root;
  for (const step of path.slice(0, -1)) {
    if (step.text) return UNKNOWN;
    if (at !== null) at = stepInto(at, step);
  }
  const last = path.at(-1);
  if (last === undefined) return UNKNOWN;
  if (at !== null) at = stepInto(at, last);
  const found = at;
  if (!last.text) {
    if (operator === "is") return nullness(literal, found === null);
    return testAll(filter, literal, false, found === null ? alwaysNull : jsonTest(() => found, meter), meter);
  }
  // Not every row image tells how jsonb prints a structure as text.
  if (found !== null && found.kind !== "scalar")
    return operator === "is" ? nullness(literal, false) : UNKNOWN;
  const value = found === null ? null : textOf(found);
  if (operator === "is") return nullness(literal, value === null);
  if (operator === "ilike") return UNKNOWN;
  const text = value ?? "";
  return scalar(
    filter,
    "text",
    literal,
    value === null,
    () => text,
    () => new TextFacts(text, meter),
    meter,
  );
}

function nullness(literal: string, isNull: boolean): Ternary {
  if (literal === "null") return truth(isNull);
  return literal === "not_null" ? truth(!isNull) : UNKNOWN;
}

function evaluateIs(type: string, value: IsValue, source: string): Ternary {
  if (type === UNTYPED) return untypedIs(source, value);
  // SQL's NULL and JSON's null look the same in a row image.
  if (source === "null" && (type === "json" || type === "jsonb")) return UNKNOWN;
  if (value === "null" || value === "not_null") {
    // A composite of NULLs IS NULL; one with some NULLs is neither NULL nor NOT NULL.
    return type === OPAQUE && source.startsWith("{") ? TRUE | FALSE : nullness(value, source === "null");
  }
  if (type !== "bool") return UNKNOWN;
  return truth(value === "unknown" ? source === "null" : source === value);
}

function scalar(
  filter: ShapeFilter,
  type: string,
  literal: string,
  isNull: boolean,
  image: () => Value | undefined,
  text: () => TextFacts | undefined,
  meter: Meter,
): Ternary {
  // Long lists are read into a set, once.
  const listed = filter.operator === "in" && !isNull ? isListed(type, literal, image(), meter) : undefined;
  return listed ?? testAll(filter, literal, isNull, scalarTest(type, image, text, meter), meter);
}

/** Undefined when only a comparison with each element can tell. */
function isListed(
  type: string,
  literal: string,
  image: Value | undefined,
  meter: Meter,
): Ternary | undefined {
  const list = listKeysOf(type, literal, meter);
  const key = image === undefined ? undefined : rulesOf(type)?.key(image);
  if (list === undefined || key === undefined || !meter.spend(key.length)) return undefined;
  if (list.set.has(key)) return TRUE;
  return list.isPartial ? undefined : FALSE;
}

/** Handles `in`, `any`, `all`, `isdistinct` and NULL, so that `test` does not have to. */
function testAll(
  filter: ShapeFilter,
  literal: string,
  isNull: boolean,
  test: OperatorTest,
  meter: Meter,
): Ternary {
  const { operator, quantifier } = filter;
  const name = operator === "in" ? "eq" : operator;
  const single = (text: string | null): Ternary => (text === null || isNull ? NULL : test(name, text));
  if (operator === "isdistinct") {
    if (isNull || test === alwaysNull) return TRUE;
    const equal = test("eq", literal);
    // IS DISTINCT FROM never yields NULL: where `=` does, the values are distinct.
    return not(equal & ~NULL) | (equal & NULL ? TRUE : 0);
  }
  if (operator !== "in" && quantifier === undefined) return single(literal);
  const elements = operator === "in" ? listOf(literal, meter) : elementsOf(literal, meter);
  if (elements === undefined) return UNKNOWN;
  return fold(operator === "in" ? "any" : (quantifier ?? "any"), elements, single, meter);
}

function fold(
  quantifier: "any" | "all",
  elements: readonly (string | null)[],
  single: (text: string | null) => Ternary,
  meter: Meter,
): Ternary {
  const [neutral, decisive, join] = quantifier === "any" ? [FALSE, TRUE, or] : [TRUE, FALSE, and];
  let result = neutral;
  for (const element of elements) {
    if (!meter.spend(STEPS_PER_ELEMENT)) return UNKNOWN;
    result = join(result, single(element));
    if (result === decisive) break;
  }
  return result;
}

const STEPS_PER_ELEMENT = 4;
