import { parseArrayLiteral } from "./array-literal.ts";
import { arrayElements } from "./json-source.ts";
import { jsonContains, jsonEquals } from "./json-value.ts";
import { isAscii, like } from "./like.ts";
import { FALSE, NULL, not, type Outcomes, TRUE, truth, UNKNOWN } from "./outcomes.ts";
import { BOUNDED, type ShapeFilter } from "./shape.ts";
import { untypedEquals, untypedOrder } from "./untyped.ts";
import { rulesOf, type TypeRules } from "./values.ts";

/** One operator on one literal. The source is never `null`, but for untyped columns. */
export type Test = (filter: ShapeFilter, literal: string, source: string) => Outcomes;

export const alwaysNull: Test = () => NULL;

export const scalarTest: Test = (filter, literal, source) => {
  const { operator } = filter;
  if (operator === "like" || operator === "ilike") return likeTest(filter.type, operator, literal, source);
  const rules = rulesOf(filter.type);
  const [wanted, image] = [rules?.literal(literal), rules?.image(source)];
  if (rules === undefined || wanted === undefined || image === undefined) return TRUE | FALSE | NULL;
  return ordered(operator, rules.compare(image, wanted));
};

function ordered(operator: string, comparison: ReturnType<TypeRules["compare"]>): Outcomes {
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

function likeTest(type: string, operator: "like" | "ilike", pattern: string, source: string): Outcomes {
  if (type !== "text" && type !== "varchar") return UNKNOWN;
  const image = rulesOf("text")?.image(source);
  if (typeof image !== "string") return UNKNOWN;
  let matches: boolean | undefined;
  if (operator === "like") matches = like(image, pattern);
  else if (isAscii(image) && isAscii(pattern)) matches = like(image.toLowerCase(), pattern.toLowerCase());
  return matches === undefined ? TRUE | FALSE : truth(matches);
}

export const untypedTest: Test = ({ operator }, literal, source) => {
  if (operator === "eq") return untypedEquals(source, literal);
  if (operator === "neq") return not(untypedEquals(source, literal));
  const sign = untypedOrder(source, literal);
  return sign === undefined ? UNKNOWN : ordered(operator, sign as -1 | 0 | 1);
};

export const jsonTest: Test = ({ operator }, literal, source) => {
  const wanted = literal.trim();
  try {
    JSON.parse(wanted);
  } catch {
    return UNKNOWN;
  }
  switch (operator) {
    case "eq":
      return known(jsonEquals(source, wanted));
    case "neq":
      return not(known(jsonEquals(source, wanted)));
    case "cs":
      return known(jsonContains(source, wanted));
    case "cd":
      return known(jsonContains(wanted, source));
    default:
      return UNKNOWN;
  }
};

/**
 * `@>`, `<@` and `&&` do not mind dimensions, bounds and repetition; a NULL element equals nothing. Equal arrays have
 * equal bounds, too, which JSON does not show: only images of a `[]` type do, as they print an array that does not
 * begin at 1 as text.
 */
export const arrayTest: Test = ({ operator, type }, literal, source) => {
  const showsBounds = type.startsWith(BOUNDED);
  const rules = rulesOf(type.slice(showsBounds ? BOUNDED.length : 1));
  const wanted = parseArrayLiteral(literal);
  const elements = arrayElements(source);
  if (rules === undefined || wanted === undefined || elements === undefined) return UNKNOWN;
  const left = keysOf(
    elements.flatMap(flatten),
    (element) => (element === "null" ? null : element),
    rules.image,
    rules,
  );
  const right = keysOf(wanted, (element) => element, rules.literal, rules);
  if (left === undefined || right === undefined) return UNKNOWN;
  switch (operator) {
    case "eq":
    case "neq": {
      // The literal has one dimension, an empty array none; NULL elements are equal to each other here.
      const isAlike =
        !elements.some((element) => element.startsWith("[")) &&
        left.length === right.length &&
        left.every((key, at) => key === right[at]);
      if (isAlike && !showsBounds && left.length > 0) return TRUE | FALSE;
      return truth(isAlike === (operator === "eq"));
    }
    case "cs":
      return truth(right.every((key) => key !== null && left.includes(key)));
    case "cd":
      return truth(left.every((key) => key !== null && right.includes(key)));
    case "ov":
      return truth(left.some((key) => key !== null && right.includes(key)));
    default:
      return UNKNOWN;
  }
};

function keysOf<T>(
  elements: readonly T[],
  present: (element: T) => string | null,
  read: TypeRules["literal"],
  rules: TypeRules,
): readonly (string | null)[] | undefined {
  const keys: (string | null)[] = [];
  for (const element of elements) {
    const text = present(element);
    const value = text === null ? undefined : read(text);
    const key = value === undefined ? undefined : rules.key(value);
    if (text !== null && key === undefined) return undefined;
    keys.push(key ?? null);
  }
  return keys;
}

function flatten(element: string): readonly string[] {
  return element.startsWith("[") ? (arrayElements(element) ?? []).flatMap(flatten) : [element];
}

function known(answer: boolean | undefined): Outcomes {
  return answer === undefined ? TRUE | FALSE : truth(answer);
}
