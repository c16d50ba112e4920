import type { JsonNode } from "../row/json-tree.ts";
import { rulesOf, type TypeRules, type Value } from "../row/values.ts";
import { jsonContains, jsonEquals } from "./json-value.ts";
import { like } from "./like.ts";
import type { Meter } from "./meter.ts";
import { arrayKeysOf, jsonOf, patternOf, scalarOf } from "./prepared.ts";
import type { ArrayFacts } from "./row-facts.ts";
import { FALSE, NULL, not, type Ternary, TRUE, truth, UNKNOWN } from "./ternary.ts";
import type { TextFacts } from "./text-facts.ts";
import { untypedEquals, untypedOrder } from "./untyped.ts";

/** Compares the value at hand with a literal. The value is not NULL, unless its type is not known. */
export type OperatorTest = (operator: string, literal: string) => Ternary;

export const alwaysNull: OperatorTest = () => NULL;

/** What comparing two values costs, beside their length. */
const STEPS_PER_TEST = 20;

/**
 * @param image the value; undefined when it is not known
 * @param text what LIKE looks at
 */
export function scalarTest(
  type: string,
  image: () => Value | undefined,
  text: () => TextFacts | undefined,
  meter: Meter,
): OperatorTest {
  return (operator, literal) => {
    if (operator === "like" || operator === "ilike") {
      const isText = type === "text" || type === "varchar";
      const value = isText ? text() : undefined;
      return value === undefined ? UNKNOWN : likeTest(operator, literal, value, meter);
    }
    if (!ORDERING.has(operator)) return UNKNOWN;
    if (!meter.spend(STEPS_PER_TEST + literal.length)) return UNKNOWN;
    const [rules, wanted, value] = [rulesOf(type), scalarOf(type, literal, meter), image()];
    if (rules === undefined || wanted === undefined || value === undefined) return UNKNOWN;
    return ordered(operator, rules.compare(value, wanted));
  };
}

const ORDERING = new Set(["eq", "neq", "gt", "gte", "lt", "lte"]);

function ordered(operator: string, comparison: ReturnType<TypeRules["compare"]>): Ternary {
  if (operator === "eq" || operator === "neq") {
    if (comparison === "unknown") return TRUE | FALSE;
    return truth((comparison === 0) === (operator === "eq"));
  }
  const sign = typeof comparison === "number" ? comparison : undefined;
  const known = sign !== undefined;
  switch (operator) {
    case "gt":
      return known ? truth(sign > 0) : TRUE | FALSE;
    case "gte":
      return known ? truth(sign >= 0) : TRUE | FALSE;
    case "lt":
      return known ? truth(sign < 0) : TRUE | FALSE;
    case "lte":
      return known ? truth(sign <= 0) : TRUE | FALSE;
    default:
      return UNKNOWN;
  }
}

function likeTest(operator: "like" | "ilike", literal: string, value: TextFacts, meter: Meter): Ternary {
  if (!meter.spend(STEPS_PER_TEST)) return UNKNOWN;
  const pattern = patternOf(literal, operator === "ilike", meter);
  const text = operator === "ilike" ? value.lower : value.text;
  const matches = pattern && text !== undefined ? like(text, pattern, meter) : undefined;
  return matches === undefined ? TRUE | FALSE : truth(matches);
}

/** @param source JSON text */
export function untypedTest(source: string, meter: Meter): OperatorTest {
  return (operator, literal) => {
    if (!meter.spend(2 * STEPS_PER_TEST + source.length + literal.length)) return UNKNOWN;
    if (operator === "eq") return untypedEquals(source, literal);
    if (operator === "neq") return not(untypedEquals(source, literal));
    const sign = untypedOrder(source, literal);
    return sign === undefined ? UNKNOWN : ordered(operator, sign as -1 | 0 | 1);
  };
}

/** @param image undefined when it is not known */
export function jsonTest(image: () => JsonNode | undefined, meter: Meter): OperatorTest {
  return (operator, literal) => {
    if (!JSON_OPERATORS.has(operator)) return UNKNOWN;
    const [value, wanted] = [image(), jsonOf(literal, meter)];
    if (value === undefined || wanted === undefined) return UNKNOWN;
    switch (operator) {
      case "eq":
        return known(jsonEquals(value, wanted, meter));
      case "neq":
        return not(known(jsonEquals(value, wanted, meter)));
      case "cs":
        return known(jsonContains(value, wanted, meter));
      default:
        return known(jsonContains(wanted, value, meter));
    }
  };
}

const JSON_OPERATORS = new Set(["eq", "neq", "cs", "cd"]);

/**
 * `@>`, `<@` and `&&` ignore dimensions, bounds and repetition, and a NULL element equals nothing. For `=` the bounds
 * have to be equal too. JSON does not show these; only row images of a `[]` type do, as they print an array that does not
 * begin at 1 as text.
 *
 * @param type of the elements
 * @param image undefined when it is not known
 */
export function arrayTest(
  type: string,
  showsBounds: boolean,
  image: () => ArrayFacts | undefined,
  meter: Meter,
): OperatorTest {
  return (operator, literal) => {
    if (!ARRAY_OPERATORS.has(operator)) return UNKNOWN;
    const [left, right] = [image(), arrayKeysOf(type, literal, meter)];
    if (left === undefined || right === undefined || right.isPartial) return UNKNOWN;
    if (!meter.spend(stepsOf(operator, left.keys.length, right.keys.length))) return UNKNOWN;
    switch (operator) {
      case "eq":
      case "neq": {
        // The literal has one dimension, or none if it is empty. Here NULL elements equal each other.
        const isAlike =
          !left.isNested &&
          left.keys.length === right.keys.length &&
          left.keys.every((key, at) => key === right.keys[at]);
        if (isAlike && !showsBounds && left.keys.length > 0) return TRUE | FALSE;
        return truth(isAlike === (operator === "eq"));
      }
      case "cs":
        return truth(right.keys.every((key) => key !== null && left.set.has(key)));
      case "cd":
        return truth(left.keys.every((key) => key !== null && right.set.has(key)));
      default: {
        const [few, many] = left.set.size < right.set.size ? [left.set, right.set] : [right.set, left.set];
        for (const key of few) if (key !== null && many.has(key)) return TRUE;
        return FALSE;
      }
    }
  };
}

const ARRAY_OPERATORS = new Set(["eq", "neq", "cs", "cd", "ov"]);

/** Looking up a key in a set costs some ten steps. */
function stepsOf(operator: string, left: number, right: number): number {
  const looks = operator === "cs" ? right : operator === "cd" ? left : Math.min(left, right);
  return STEPS_PER_TEST + 10 * looks;
}

function known(answer: boolean | undefined): Ternary {
  return answer === undefined ? TRUE | FALSE : truth(answer);
}
