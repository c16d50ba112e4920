import { rulesOf } from "../row/values.ts";
import { FALSE, type Ternary, TRUE, truth, UNKNOWN } from "./ternary.ts";

/**
 * Equality and order without a schema, from what a literal and a row's JSON show by themselves. Small whole numbers mean
 * the same in every numeric type, and booleans and UUIDs are unmistakable. Strings are not, as text, citext, intervals and
 * dates all print as strings. A value of one kind may equal a literal of another: 0 is false, and 32 digits are a number.
 */
export type Untyped = { readonly kind: "number" | "boolean" | "uuid"; readonly key: string };

/** Whole numbers that even a `real` holds exactly (below 2^24). */
const SMALL_INTEGER = /^-?(?:0|[1-9]\d{0,6})$/;

/** A JSON number; some UUIDs look like one. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Undefined when the literal could mean different things to different types. */
export function untypedLiteral(literal: string): Untyped | undefined {
  if (SMALL_INTEGER.test(literal)) return { kind: "number", key: String(Number(literal)) };
  if (literal === "true" || literal === "false") return { kind: "boolean", key: literal };
  return NUMBER.test(literal) ? undefined : uuid(literal);
}

/** Undefined when the row's value could equal literals of several kinds or spellings. */
export function untypedImage(source: string): Untyped | undefined {
  if (source === "true" || source === "false") return { kind: "boolean", key: source };
  if (/^-?\d/.test(source)) return { kind: "number", key: String(Number(source)) };
  return source.startsWith('"') ? uuid(source.slice(1, -1)) : undefined;
}

function uuid(text: string): Untyped | undefined {
  const digits = rulesOf("uuid")?.literal(text);
  return typeof digits === "string" ? { kind: "uuid", key: digits } : undefined;
}

/** `column = literal` for a column of any type. A `null` tells nothing, as row images show virtual columns as null. */
export function untypedEquals(source: string, literal: string): Ternary {
  if (source === "null") return UNKNOWN;
  const [image, wanted] = [untypedImage(source), untypedLiteral(literal)];
  if (image === undefined || image.kind !== wanted?.kind) return TRUE | FALSE;
  if (image.key !== wanted.key) return FALSE;
  // The same UUID in other letters is another text. And JSON reads 1.0000000000000001 as 1, which it is not.
  const isPlain = image.kind === "number" ? SMALL_INTEGER.test(source) : source === `"${literal}"`;
  return isPlain ? TRUE : TRUE | FALSE;
}

/** -1, 0 or 1 for numbers that compare alike in every numeric type. Undefined for anything else. */
export function untypedOrder(source: string, literal: string): number | undefined {
  if (!SMALL_INTEGER.test(source) || !SMALL_INTEGER.test(literal)) return undefined;
  return Math.sign(Number(source) - Number(literal));
}

export function untypedIs(
  source: string,
  value: "null" | "not_null" | "true" | "false" | "unknown",
): Ternary {
  if (source === "null") return UNKNOWN;
  if (value === "null" || value === "not_null") {
    // A composite of NULLs IS NULL.
    return source.startsWith("{") ? TRUE | FALSE : truth(value === "not_null");
  }
  if (value === "unknown") return FALSE;
  return truth(source === value);
}
