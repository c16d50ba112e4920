import { FALSE, type Outcomes, TRUE, truth, UNKNOWN } from "./outcomes.ts";
import { rulesOf } from "./values.ts";

/**
 * Equality and order without a schema, from what a literal and a row's JSON show by themselves: small whole
 * numbers mean the same in every numeric type, a boolean and a UUID are what they are. Texts are not: a text
 * column, citext, an interval and a date all show as strings.
 */
export type Untyped = { readonly kind: "number" | "boolean" | "uuid"; readonly key: string };

/** Whole numbers below 2^24, which even a `real` holds exactly. */
const SMALL_INTEGER = /^-?(?:0|[1-9]\d{0,6})$/;

export function untypedLiteral(literal: string): Untyped | undefined {
  if (SMALL_INTEGER.test(literal)) return { kind: "number", key: String(Number(literal)) };
  if (literal === "true" || literal === "false") return { kind: "boolean", key: literal };
  const digits = rulesOf("uuid")?.literal(literal);
  return typeof digits === "string" ? { kind: "uuid", key: digits } : undefined;
}

/** Undefined when the row's value could equal literals of several kinds or spellings. */
export function untypedImage(source: string): Untyped | undefined {
  if (source === "true" || source === "false") return { kind: "boolean", key: source };
  if (/^-?\d/.test(source)) return { kind: "number", key: String(Number(source)) };
  const digits = source.startsWith('"') ? rulesOf("uuid")?.literal(source.slice(1, -1)) : undefined;
  return typeof digits === "string" ? { kind: "uuid", key: digits } : undefined;
}

/** `column = literal` for a column of any type. A `null` tells nothing: row images show virtual columns as null. */
export function untypedEquals(source: string, literal: string): Outcomes {
  if (source === "null") return UNKNOWN;
  const [image, wanted] = [untypedImage(source), untypedLiteral(literal)];
  if (image === undefined || wanted === undefined) return TRUE | FALSE;
  // 0 and 1 are booleans too, when the column is.
  if (image.kind === "boolean" && wanted.kind === "number") return TRUE | FALSE;
  if (image.kind !== wanted.kind || image.key !== wanted.key) return FALSE;
  return image.kind === "number" && !SMALL_INTEGER.test(source) ? TRUE | FALSE : TRUE;
}

/** -1, 0, 1 for numbers that compare alike in every numeric type; undefined when not known. */
export function untypedOrder(source: string, literal: string): number | undefined {
  if (!SMALL_INTEGER.test(source) || !SMALL_INTEGER.test(literal)) return undefined;
  return Math.sign(Number(source) - Number(literal));
}

export function untypedIs(
  source: string,
  value: "null" | "not_null" | "true" | "false" | "unknown",
): Outcomes {
  if (source === "null") return UNKNOWN;
  if (value === "null" || value === "not_null") {
    // A composite of nulls IS NULL.
    return source.startsWith("{") ? TRUE | FALSE : truth(value === "not_null");
  }
  if (value === "unknown") return FALSE;
  return truth(source === value);
}
