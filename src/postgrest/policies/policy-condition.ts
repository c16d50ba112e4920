import type { ClaimValue } from "../claims/cast.ts";
import type { ReaderClaims } from "../claims/claims.ts";
import { type ClaimExpression, evaluateClaim } from "../claims/expression.ts";
import type { Condition, Filter, Test } from "../query/query.ts";
import type { PartialCondition } from "../shape/conditions.ts";

/** What a policy asks, before it is known who reads. */
export type PolicyCondition =
  | Condition
  | ClaimCondition
  | { readonly kind: "unknown" }
  | {
      readonly kind: "and" | "or";
      readonly negated: boolean;
      readonly conditions: readonly PolicyCondition[];
    };

/** *member*: of the array in the column. *distinct* is never NULL. */
export type ClaimTest = "equal" | "unequal" | "distinct" | "member";

/** A claim compared with a column, or with other claims and constants: with any of them, if it is *equal*. */
export interface ClaimCondition {
  readonly kind: "claim";
  readonly negated: boolean;
  readonly test: ClaimTest;
  readonly claim: ClaimExpression;
  readonly column?: string;
  readonly others?: readonly ClaimExpression[];
  /** It stands under an even number of `NOT`, its own `negated` aside. */
  readonly isPositive: boolean;
}

/** The condition as it is for one reader; undefined: whose claims are not known. */
export function resolved(condition: PolicyCondition, reader: ReaderClaims | undefined): PartialCondition {
  if (condition.kind === "claim") return reader ? claimFor(condition, reader) : UNKNOWN;
  if (condition.kind === "filter" || condition.kind === "unknown") return condition;
  const { kind, negated } = condition;
  const conditions = condition.conditions.map((part) => resolved(part, reader));
  return reader ? joined(kind, negated, conditions) : { kind, negated, conditions };
}

/** Without the parts that claims have decided: `auth.role() = 'service_role' OR owner = auth.uid()` asks for the owner. */
function joined(
  kind: "and" | "or",
  negated: boolean,
  conditions: readonly PartialCondition[],
): PartialCondition {
  const decides = kind === "or";
  if (conditions.some((part) => isAlways(part, decides))) return always(decides !== negated);
  const left = conditions.filter((part) => !isAlways(part, !decides));
  const [only, ...others] = left;
  return only && others.length === 0 && !negated ? only : { kind, negated, conditions: left };
}

function always(value: boolean): PartialCondition {
  return { kind: value ? "and" : "or", negated: false, conditions: [] };
}

function isAlways(condition: PartialCondition, value: boolean): boolean {
  if (condition.kind !== "and" && condition.kind !== "or") return false;
  return condition.conditions.length === 0 && ((condition.kind === "and") !== condition.negated) === value;
}

/** Whether a part of the condition is not understood. */
export function isPartial(condition: PartialCondition): boolean {
  if (condition.kind === "unknown") return true;
  return condition.kind !== "filter" && condition.conditions.some(isPartial);
}

/** Whether the condition asks nothing of a row. */
export function isConstantCondition(condition: PartialCondition): boolean {
  return condition.kind === "and" || condition.kind === "or"
    ? condition.conditions.every(isConstantCondition)
    : false;
}

/** The columns that a condition compares. */
export function columnsOf(condition: PolicyCondition): readonly string[] {
  switch (condition.kind) {
    case "unknown":
      return [];
    case "filter":
      return [condition.field.column];
    case "claim":
      return condition.column === undefined ? [] : [condition.column];
    default:
      return condition.conditions.flatMap(columnsOf);
  }
}

const UNKNOWN: PartialCondition = { kind: "unknown" };

function claimFor(condition: ClaimCondition, { claims }: ReaderClaims): PartialCondition {
  const { claim, column, others = [], test } = condition;
  const value = evaluateClaim(claim, claims);
  if (column === undefined) {
    const operands = others.map((other) => evaluateClaim(other, claims));
    return outcome(condition, value && outcomeOf(test, value, operands));
  }
  // JSON compares in ways of its own.
  if (value === undefined || value.family === "json") return UNKNOWN;
  if (value.text === null) return againstNull(condition, column);
  const filter = testOf(condition, value.text);
  return filter
    ? { kind: "filter", field: { column, path: [] }, negated: condition.negated, test: filter }
    : UNKNOWN;
}

function testOf({ test, negated, isPositive }: ClaimCondition, value: string): Test | undefined {
  if (test === "equal") return { operator: "eq", value };
  if (test === "unequal") return { operator: "neq", value };
  if (test === "distinct") return { operator: "isdistinct", value };
  // Beside a NULL in the array, `= ANY` is NULL and `@>` is false. That is the same only where neither is negated.
  return isPositive && !negated
    ? { operator: "cs", value: `{"${value.replaceAll(/["\\]/g, "\\$&")}"}` }
    : undefined;
}

function againstNull(condition: ClaimCondition, column: string): PartialCondition {
  if (condition.test !== "distinct") return outcome(condition, null);
  const test = { operator: "is", value: "null" } as const;
  const filter: Filter = { kind: "filter", field: { column, path: [] }, negated: !condition.negated, test };
  return filter;
}

/** Whether a test of claims yields true, false or NULL. Undefined when that is not certain. */
function outcomeOf(
  test: ClaimTest,
  value: ClaimValue,
  others: readonly (ClaimValue | undefined)[],
): boolean | null | undefined {
  const [other] = others;
  if (test === "distinct") return other && differs(value, other);
  if (value.text === null) return null;
  if (test === "unequal") return other && (other.text === null ? null : differs(value, other));
  const equal = others.map((each) => {
    const differ = each && each.text !== null ? differs(value, each) : undefined;
    return each?.text === null ? null : differ === undefined ? undefined : !differ;
  });
  if (equal.includes(true)) return true;
  return equal.includes(undefined) ? undefined : equal.includes(null) ? null : false;
}

/** Undefined for JSON, where two texts may mean the same. */
function differs(a: ClaimValue, b: ClaimValue): boolean | undefined {
  if (a.text === b.text) return false;
  const isJson = a.family === "json" && b.family === "json";
  return isJson && a.text !== null && b.text !== null ? undefined : true;
}

/**
 * A constant condition. NULL lets nothing pass, whether or not it is negated, so under an even number of `NOT` it is as good as
 * false, and else as true.
 */
function outcome(
  { negated, isPositive }: ClaimCondition,
  value: boolean | null | undefined,
): PartialCondition {
  if (value === undefined) return UNKNOWN;
  const holds = value === null ? !isPositive : value !== negated;
  return always(holds);
}
