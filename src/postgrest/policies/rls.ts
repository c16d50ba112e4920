import type { Condition } from "../query/query.ts";
import type { Reads } from "../schema/schema.ts";
import type { PartialCondition } from "../shape/conditions.ts";
import { conditionOf, isConstant } from "./condition.ts";
import { lookupIn, type PolicyLookup } from "./lookup.ts";
import { isKeyword, operands, readSql, readsRelations, type SqlNode, unwrap } from "./sql-tokens.ts";

/** What a policy, or all policies of a relation, ask. Nothing else decides whether a row is visible. */
export interface ParsedRls {
  readonly lookups: readonly PolicyLookup[];
  /** What they ask of the row's own columns. */
  readonly conditions: readonly Condition[];
  /** Names that occur elsewhere. Among them are all further columns of the row that they read. */
  readonly names: ReadonlySet<string>;
  /** The whole condition, as far as it is understood. */
  readonly asked: PartialCondition;
}

/**
 * Reads a policy as `pg_get_expr` prints it with nothing but `pg_catalog` in the search path. Undefined when it reads a
 * relation in any way but a lookup.
 *
 * @param table the bare name of the table that the policy is on
 */
export function parsePolicy(policy: string, table: string): ParsedRls | undefined {
  const items = readSql(policy);
  const parts: MutableRls = { lookups: [], conditions: [], names: new Set<string>() };
  const asked = items && decide(items, table, "admits", parts);
  return asked && { ...parts, asked };
}

interface MutableRls {
  lookups: PolicyLookup[];
  conditions: Condition[];
  names: Set<string>;
}

const UNKNOWN: PartialCondition = { kind: "unknown" };

/** What an expression asks; notes its parts. Undefined when it reads a relation in a way that is not understood. */
function decide(
  wrapped: readonly SqlNode[],
  table: string,
  influence: PolicyLookup["influence"],
  into: MutableRls,
): PartialCondition | undefined {
  const items = unwrap(wrapped);
  const either = operands(items, "OR");
  const parts = either ?? operands(items, "AND");
  if (parts !== undefined) {
    const conditions = parts.map((part) => decide(part, table, influence, into));
    const known = conditions.filter((part) => part !== undefined);
    const isKnown = known.length === parts.length;
    return isKnown ? { kind: either ? "or" : "and", negated: false, conditions: known } : undefined;
  }
  const [first, second, third] = items;
  if (isKeyword(first, "NOT")) {
    const inner = decide(items.slice(1), table, influence === "admits" ? "expels" : "admits", into);
    return inner && { kind: "and", negated: true, conditions: [inner] };
  }
  if (!readsRelations(items)) {
    const condition = conditionOf(items, undefined);
    if (condition !== undefined) into.conditions.push(condition);
    else addNames(items, into.names);
    return condition ?? constantOf(items) ?? UNKNOWN;
  }
  addNames(items, into.names);
  let lookup: PolicyLookup | undefined;
  if (isKeyword(first, "EXISTS") && second?.kind === "group" && items.length === 2) {
    lookup = lookupIn(second.items, table, influence, undefined);
  } else if (first?.kind === "name" && isKeyword(second, "IN") && third?.kind === "group") {
    // A NULL in the list makes NOT IN null for every row, whatever its column holds.
    if (influence === "admits" && items.length === 3) {
      lookup = lookupIn(third.items, table, influence, first.text);
    }
  }
  if (lookup === undefined) return undefined;
  into.lookups.push(lookup);
  // It is not known what it finds, but a NULL finds nothing.
  const present = lookup.joins.map(({ parentColumn }) => isPresent(parentColumn));
  return { kind: "and", negated: false, conditions: [UNKNOWN, ...present] };
}

function isPresent(column: string): Condition {
  const test = { operator: "is", value: "null" } as const;
  return { kind: "filter", field: { column, path: [] }, negated: true, test };
}

/** `true` and `false` as conditions without parts. */
function constantOf(items: readonly SqlNode[]): PartialCondition | undefined {
  if (!isConstant(items)) return undefined;
  const [only] = items;
  const isTrue = only?.kind === "name" && only.text === "true";
  return { kind: isTrue ? "and" : "or", negated: false, conditions: [] };
}

function addNames(items: readonly SqlNode[], names: Set<string>): void {
  for (const item of items) {
    if (item.kind === "name") names.add(item.text);
    else if (item.kind === "group") addNames(item.items, names);
  }
}

const readings = new WeakMap<Reads, ParsedRls | "unknown">();

/** All policies of a relation together. Undefined when one of them is not understood, or the relation is a view. */
export function rlsOf(relation: string, reads: Reads | undefined): ParsedRls | undefined {
  if (reads?.policies === undefined) return undefined;
  let reading = readings.get(reads);
  if (reading === undefined) {
    const table = relation.slice(relation.indexOf(".") + 1);
    const each = reads.policies.flatMap(({ using, permissive }) => {
      const policy = parsePolicy(using, table);
      return policy ? [{ ...policy, permissive }] : [];
    });
    // A restrictive policy may be for other roles, so what it forbids does not count.
    const permitted = each.filter(({ permissive }) => permissive).map(({ asked }) => asked);
    reading =
      each.length < reads.policies.length
        ? "unknown"
        : {
            asked: { kind: "or", negated: false, conditions: permitted },
            lookups: each.flatMap(({ lookups }) => lookups),
            conditions: each.flatMap(({ conditions }) => conditions),
            names: new Set(each.flatMap(({ names }) => [...names])),
          };
    readings.set(reads, reading);
  }
  return reading === "unknown" ? undefined : reading;
}
