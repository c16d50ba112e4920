import type { Condition } from "../query/query.ts";
import type { ClaimFunctions } from "./claim-sql.ts";
import { isConstant } from "./column-name.ts";
import { conditionOf, type Reading } from "./condition.ts";
import type { PolicyLookup } from "./lookup.ts";
import type { PolicyCondition } from "./policy-condition.ts";
import {
  isBoolean,
  isKeyword,
  operands,
  readSql,
  readsRelations,
  type SqlNode,
  unwrap,
} from "./sql-tokens.ts";
import { subqueriesIn } from "./subquery.ts";

/** What a policy, or all policies of a relation, ask. Nothing else decides whether a row is visible. */
export interface ParsedRls<C = PolicyCondition> {
  readonly lookups: readonly PolicyLookup<C>[];
  /** Rows that the functions look up which they call. Absent: any row may matter of what these read. */
  readonly called?: readonly PolicyLookup<C>[] | undefined;
  /** What they ask of the row's own columns. */
  readonly conditions: readonly C[];
  /** Names that occur elsewhere. Among them are all further columns of the row that they read. */
  readonly names: ReadonlySet<string>;
  /** The whole condition, as far as it is understood. */
  readonly asked: C;
  /** Of all policies together: whatever row passes this, no permissive policy hides from the reader. */
  readonly grants?: C;
}

/**
 * Reads a policy as `pg_get_expr` prints it with nothing but `pg_catalog` in the search path. Undefined when it reads a
 * relation in a way that is not understood.
 *
 * @param table the bare name of the table that the policy is on
 * @param functions that read the caller's claims; undefined for a reader whose claims are not known
 */
export function parsePolicy(
  policy: string,
  table: string,
  functions?: ClaimFunctions,
): ParsedRls | undefined {
  const items = readSql(policy);
  const parts: MutableRls = { lookups: [], conditions: [], names: new Set<string>() };
  const asked = items && decide(items, table, { functions, isPositive: true }, parts);
  return asked && { ...parts, asked };
}

interface MutableRls {
  lookups: PolicyLookup[];
  conditions: PolicyCondition[];
  names: Set<string>;
}

const UNKNOWN: PolicyCondition = { kind: "unknown" };

/** What an expression asks; notes its parts. Undefined when it reads a relation in a way that is not understood. */
function decide(
  wrapped: readonly SqlNode[],
  table: string,
  reading: Reading,
  into: MutableRls,
): PolicyCondition | undefined {
  const items = unwrap(wrapped);
  const { isPositive } = reading;
  const either = operands(items, "OR");
  const parts = either ?? operands(items, "AND");
  if (parts !== undefined) {
    const conditions = parts.map((part) => decide(part, table, reading, into));
    const known = conditions.filter((part) => part !== undefined);
    const isKnown = known.length === parts.length;
    return isKnown ? { kind: either ? "or" : "and", negated: false, conditions: known } : undefined;
  }
  if (isKeyword(items[0], "NOT")) {
    const inner = decide(items.slice(1), table, { ...reading, isPositive: !isPositive }, into);
    return inner && { kind: "and", negated: true, conditions: [inner] };
  }
  if (!readsRelations(items)) {
    const condition = conditionOf(items, undefined, reading);
    if (condition !== undefined) into.conditions.push(condition);
    else addNames(items, into.names);
    return condition ?? constantOf(items) ?? UNKNOWN;
  }
  addNames(items, into.names);
  const found = subqueriesIn(items, table, reading);
  if (found === undefined) return undefined;
  into.lookups.push(...found.lookups);
  if (!found.isRequired) return UNKNOWN;
  // It is not known what it finds, but a NULL finds nothing.
  const joins = found.lookups.flatMap((lookup) => lookup.joins);
  const present = joins.map(({ parentColumn }) => isPresent(parentColumn));
  return { kind: "and", negated: false, conditions: [UNKNOWN, ...present] };
}

function isPresent(column: string): Condition {
  const test = { operator: "is", value: "null" } as const;
  return { kind: "filter", field: { column, path: [] }, negated: true, test };
}

/** `true` and `false` as conditions without parts. */
function constantOf(items: readonly SqlNode[]): PolicyCondition | undefined {
  if (!isConstant(items)) return undefined;
  const [only] = items;
  const isTrue = isBoolean(only, "true");
  return { kind: isTrue ? "and" : "or", negated: false, conditions: [] };
}

function addNames(items: readonly SqlNode[], names: Set<string>): void {
  for (const item of items) {
    if (item.kind === "name") names.add(item.text);
    else if (item.kind === "group") addNames(item.items, names);
  }
}
