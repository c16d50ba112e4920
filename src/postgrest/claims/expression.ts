import { unquote } from "../row/json-source.ts";
import { type ClaimValue, castTo, isText } from "./cast.ts";
import { claimAt } from "./claim-at.ts";
import type { ClaimPath, Claims } from "./claims.ts";

/** What an SQL expression takes from the caller's claims, or a constant beside them. */
export type ClaimExpression =
  /** The token's claims as one text. */
  | { readonly kind: "token" }
  /** The setting of one claim by which old versions of PostgREST told it. Newer ones leave it unset. */
  | { readonly kind: "legacy"; readonly path: ClaimPath }
  /** The JSON at a path, or by `->>` its text. Not exact: the expression goes further than the path does. */
  | { readonly kind: "json" | "text"; readonly path: ClaimPath; readonly isExact: boolean }
  /** `value` as SQL reads it as this type, under Postgres' name for it. Null is NULL. */
  | { readonly kind: "constant"; readonly value: string | null; readonly type: string }
  | { readonly kind: "cast"; readonly of: ClaimExpression; readonly type: string }
  | { readonly kind: "nullif"; readonly of: ClaimExpression; readonly value: string }
  /** The first that is not NULL. */
  | { readonly kind: "coalesce"; readonly of: readonly ClaimExpression[] };

/** The claims that an expression reads. */
export function pathsOf(expression: ClaimExpression): readonly ClaimPath[] {
  switch (expression.kind) {
    case "token":
      return [[]];
    case "constant":
      return [];
    case "cast":
    case "nullif":
      return pathsOf(expression.of);
    case "coalesce":
      return expression.of.flatMap(pathsOf);
    default:
      return [expression.path];
  }
}

/** What an expression yields for a reader. Undefined when that is not certain: it may be an error, too. */
export function evaluateClaim(expression: ClaimExpression, claims: Claims): ClaimValue | undefined {
  switch (expression.kind) {
    case "token":
    case "legacy":
      return undefined;
    case "json": {
      const json = expression.isExact ? claimAt(claims, expression.path) : undefined;
      return json === undefined ? undefined : { text: json, family: "json" };
    }
    case "text":
      return textOf(expression.isExact ? claimAt(claims, expression.path) : undefined);
    case "constant":
      return castTo({ text: expression.value, family: "text" }, expression.type);
    case "cast": {
      // A label of somebody's own enum: Postgres has read it already.
      if (expression.of.kind === "constant" && expression.type.includes(" . "))
        return { text: expression.of.value, family: "enum" };
      const value = evaluateClaim(expression.of, claims);
      return value && castTo(value, expression.type);
    }
    case "nullif": {
      const value = evaluateClaim(expression.of, claims);
      if (value === undefined || value.family !== "text") return undefined;
      return value.text === expression.value ? { ...value, text: null } : value;
    }
    case "coalesce": {
      for (const each of expression.of) {
        const value = evaluateClaim(each, claims);
        if (value?.text !== null) return value;
      }
      return { text: null, family: "text" };
    }
  }
}

/**
 * Whether Postgres may refuse to evaluate it for a reader, such as `auth.uid()` where `sub` is no UUID: then answers may be errors,
 * whatever else a policy asks, as it does not say what is evaluated first.
 */
export function mayBeRefused(expression: ClaimExpression, claims: Claims): boolean {
  switch (expression.kind) {
    case "cast": {
      // Of a claim that was not asked for, it does not matter.
      if (pathsOf(expression).some((path) => claimAt(claims, path) === undefined)) return false;
      const value = evaluateClaim(expression.of, claims);
      const isRefused = value ? castTo(value, expression.type) === undefined : !isText(expression.type);
      return (expression.of.kind !== "constant" && isRefused) || mayBeRefused(expression.of, claims);
    }
    case "nullif":
      return mayBeRefused(expression.of, claims);
    case "coalesce":
      return expression.of.some((each) => mayBeRefused(each, claims));
    default:
      return false;
  }
}

/** A function may return it as a `name`, which keeps no more bytes, or as a `char(n)`, which drops blanks at the end. */
const MOST_BYTES = 63;

/** What `->>` makes of a JSON value. Numbers only where `json` and `jsonb` print them alike. */
function textOf(json: string | null | undefined): ClaimValue | undefined {
  if (json === undefined) return undefined;
  if (json === null || json === "null") return { text: null, family: "text" };
  if (/^(-?[1-9]\d{0,17}|0|true|false)$/.test(json)) return { text: json, family: "text" };
  if (!json.startsWith('"')) return undefined;
  const text = unquote(json);
  const isPlain = text.isWellFormed() && !text.includes("\0") && !text.endsWith(" ");
  return isPlain && new TextEncoder().encode(text).length <= MOST_BYTES
    ? { text, family: "text" }
    : undefined;
}
