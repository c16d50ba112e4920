import { withoutIndexes } from "../claims/claim-paths.ts";
import { type ClaimPath, pathText } from "../claims/claims.ts";
import type { ClaimExpression } from "../claims/expression.ts";
import { parseArrayLiteral } from "../row/array-literal.ts";
import { isBoolean, isKeyword, isSymbol, type SqlNode, separated, unwrap } from "./sql-tokens.ts";

/**
 * Functions that yield what they take from the caller's claims, by their printed names: `auth.uid`. In a function's body, also its
 * parameters, by `parameterName`.
 */
export type ClaimFunctions = ReadonlyMap<string, ClaimExpression>;

/** @param name as it is printed: `has_role._user_id`, or `$1` */
export function parameterName(name: string): string {
  return `parameter ${name}`;
}

/** An expression of claims and constants, and nothing else. */
export interface FoundClaims {
  readonly expression: ClaimExpression;
  /** How many calls of functions in it read claims: 0 for a constant. */
  readonly readers: number;
}

/**
 * Reads an expression over the caller's claims (S5): a closed list of forms, from casts and `->` over `COALESCE` and `NULLIF` down
 * to the known functions and `current_setting('request.jwt.claims')`. Undefined for anything more.
 */
export function claimExpression(
  wrapped: readonly SqlNode[],
  functions: ClaimFunctions,
): FoundClaims | undefined {
  const items = unwrap(wrapped);
  // A subquery that reads no relation is what it selects.
  if (isKeyword(items[0], "SELECT")) return claimExpression(selected(items), functions);
  const step = items.findLastIndex(isStep);
  if (step > 0) {
    const of = claimExpression(items.slice(0, step), functions);
    return of && stepOf(of, items[step], items.slice(step + 1));
  }
  const cast = items.findLastIndex((item) => isSymbol(item, "::"));
  if (cast > 0) {
    const of = claimExpression(items.slice(0, cast), functions);
    return of && castOf(of, typeName(items.slice(cast + 1)));
  }
  return callOf(items, functions) ?? constantOf(items);
}

/** What `SELECT … AS name` selects. */
function selected(items: readonly SqlNode[]): readonly SqlNode[] {
  return items.slice(1, isKeyword(items.at(-2), "AS") ? -2 : undefined);
}

function isStep(item: SqlNode): boolean {
  return item.kind === "symbol" && ["->", "->>", "#>", "#>>"].includes(item.text);
}

/** `of -> 'key'::text`, `of #>> '{a,b}'::text[]` */
function stepOf(
  { expression, readers }: FoundClaims,
  operator: SqlNode | undefined,
  operand: readonly SqlNode[],
): FoundClaims | undefined {
  const [key, cast, ...type] = operand;
  if (expression.kind !== "json" || operator?.kind !== "symbol" || key?.kind !== "string") return undefined;
  const isArray = operator.text.startsWith("#");
  if (cast !== undefined && (!isSymbol(cast, "::") || typeName(type) !== (isArray ? "text [ ]" : "text")))
    return undefined;
  const keys = isArray ? parseArrayLiteral(key.text) : [key.text];
  if (keys === undefined || !keys.every((each) => each !== null)) return undefined;
  const whole = [...expression.path, ...keys];
  const path = expression.isExact ? withoutIndexes(whole) : expression.path;
  const isExact = path.length === whole.length;
  return { expression: { kind: operator.text.endsWith(">>") ? "text" : "json", path, isExact }, readers };
}

function castOf({ expression, readers }: FoundClaims, type: string): FoundClaims | undefined {
  const isJson = type === "jsonb" || type === "json";
  if (expression.kind === "token")
    return isJson ? { expression: { kind: "json", path: [], isExact: true }, readers } : undefined;
  if (isJson) return expression.kind === "json" ? { expression, readers } : undefined;
  return { expression: { kind: "cast", of: expression, type }, readers };
}

/** `double precision`, `text [ ]`, `public . app_role` */
function typeName(items: readonly SqlNode[]): string {
  return items.map((item) => (item.kind === "group" ? "()" : item.text)).join(" ");
}

/** `auth.uid()`, `current_setting('request.jwt.claims'::text, true)`, `NULLIF(…, '')` or `COALESCE(…, …)` */
function callOf(items: readonly SqlNode[], functions: ClaimFunctions): FoundClaims | undefined {
  const [first, second, third, fourth, ...others] = items;
  if (first?.kind === "symbol" && second === undefined) return parameter(first.text, functions);
  if (first?.kind === "name" && isSymbol(second, ".") && third?.kind === "name") {
    const name = `${first.text}.${third.text}`;
    if (fourth === undefined) return parameter(name, functions);
    const known = functions.get(name);
    const isCall = fourth?.kind === "group" && fourth.items.length === 0 && others.length === 0;
    return known && isCall ? { expression: known, readers: 1 } : undefined;
  }
  if (second?.kind !== "group" || third !== undefined) return undefined;
  const operands = separated(second.items, ",");
  if (first?.kind === "name" && first.text === "current_setting") return settingOf(operands);
  const found = operands.map((operand) => claimExpression(operand, functions));
  const known = found.filter((each) => each !== undefined);
  if (known.length < operands.length) return undefined;
  if (isKeyword(first, "NULLIF")) return nullifOf(known);
  return isKeyword(first, "COALESCE") ? coalesceOf(known) : undefined;
}

/** It counts as a reader: whatever it is bound to, it is no constant to who reads the body. */
function parameter(name: string, functions: ClaimFunctions): FoundClaims | undefined {
  const expression = functions.get(parameterName(name));
  return expression && { expression, readers: 1 };
}

const LEGACY = /^request\.jwt\.claim\.([a-z_]+)$/;

function settingOf([name, missing]: readonly (readonly SqlNode[])[]): FoundClaims | undefined {
  const [text, cast, ...type] = unwrap(name ?? []);
  const [only] = unwrap(missing ?? []);
  const isPlain = cast === undefined || (isSymbol(cast, "::") && typeName(type) === "text");
  if (text?.kind !== "string" || !isPlain) return undefined;
  if (missing !== undefined && !isBoolean(only, "true")) return undefined;
  if (text.text === "request.jwt.claims" || text.text === "request.jwt.claim")
    return { expression: { kind: "token" }, readers: 1 };
  const claim = LEGACY.exec(text.text)?.[1];
  return claim === undefined ? undefined : { expression: { kind: "legacy", path: [claim] }, readers: 1 };
}

function nullifOf([of, other]: readonly FoundClaims[]): FoundClaims | undefined {
  const value = other?.expression.kind === "cast" ? other.expression.of : other?.expression;
  if (of === undefined || value?.kind !== "constant" || value.value === null) return undefined;
  const { expression, readers } = of;
  // An unset setting is the empty text once it has been set: neither is what a signed-in reader has.
  const isSetting = expression.kind === "token" || expression.kind === "legacy";
  if (isSetting) return value.value === "" ? of : undefined;
  return { expression: { kind: "nullif", of: expression, value: value.value }, readers };
}

function coalesceOf(found: readonly FoundClaims[]): FoundClaims | undefined {
  const readers = found.reduce((sum, each) => sum + each.readers, 0);
  const expressions = found.map(({ expression }) => expression);
  const last = expressions.at(-1);
  if (last === undefined) return undefined;
  // PostgREST sets either the old settings or the new one, so before the claim itself its old setting adds nothing.
  const isLastAlone =
    expressions.every(({ kind }) => kind === "token") ||
    expressions.slice(0, -1).every((each) => each.kind === "legacy" && isClaim(last, each.path));
  return { expression: isLastAlone ? last : { kind: "coalesce", of: expressions }, readers };
}

function isClaim(expression: ClaimExpression, path: ClaimPath): boolean {
  return expression.kind === "text" && pathText(expression.path) === pathText(path);
}

/** `'x'`, `5`, `true` or `NULL` */
function constantOf([only, ...others]: readonly SqlNode[]): FoundClaims | undefined {
  if (only === undefined || others.length > 0) return undefined;
  const constant = (value: string | null, type: string): FoundClaims => ({
    expression: { kind: "constant", value, type },
    readers: 0,
  });
  if (isKeyword(only, "NULL")) return constant(null, "text");
  if (only.kind === "string") return constant(only.text, "text");
  if (only.kind === "number") return constant(only.text, "integer");
  return only.kind === "name" && isBoolean(only, "true", "false")
    ? constant(only.text, "boolean")
    : undefined;
}
