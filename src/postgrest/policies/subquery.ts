import { claimExpression } from "./claim-sql.ts";
import type { Reading } from "./condition.ts";
import { lookupsIn, type Member, type PolicyLookup } from "./lookup.ts";
import { isKeyword, isSymbol, readsRelations, type SqlNode, unwrap } from "./sql-tokens.ts";

/** What an expression looks up in relations. */
export interface Subqueries {
  readonly lookups: readonly PolicyLookup[];
  /** Without a row that it looks up, it is not true: `EXISTS (…)` and `… IN (…)`. */
  readonly isRequired: boolean;
}

/** The subqueries of an expression. Undefined when it reads a relation in a way that is not understood. */
export function subqueriesIn(
  items: readonly SqlNode[],
  table: string,
  reading: Reading,
): Subqueries | undefined {
  const only = existence(items, table, reading) ?? membership(items, table, reading);
  if (only !== undefined) return { lookups: only, isRequired: true };
  if (reading.functions === undefined) return undefined;
  const lookups: PolicyLookup[] = [];
  return collectLookups(items, table, reading, lookups) ? { lookups, isRequired: false } : undefined;
}

function existence(
  items: readonly SqlNode[],
  table: string,
  reading: Reading,
): readonly PolicyLookup[] | undefined {
  const [first, second] = items;
  if (!isKeyword(first, "EXISTS") || second?.kind !== "group" || items.length !== 2) return undefined;
  return lookupsIn(second.items, table, reading.isPositive ? "admits" : "expels", undefined, reading);
}

/** `column IN (SELECT …)`. With claims, also `auth.uid() IN (SELECT …)`, and `= ANY (ARRAY(SELECT …))` for `IN`. */
function membership(
  items: readonly SqlNode[],
  table: string,
  reading: Reading,
): readonly PolicyLookup[] | undefined {
  const { functions, isPositive } = reading;
  // A NULL in the list makes NOT IN null for every row, whatever its column holds.
  if (!isPositive) return undefined;
  const [first, second, third] = items;
  if (first?.kind === "name" && isKeyword(second, "IN") && third?.kind === "group" && items.length === 3)
    return lookupsIn(third.items, table, "admits", { parentColumn: first.text }, reading);
  if (functions === undefined) return undefined;
  const at = items.findIndex((item) => isKeyword(item, "IN", "ANY"));
  const list = items[at + 1];
  const isAny = isKeyword(items[at], "ANY");
  if (at <= 0 || list?.kind !== "group" || items.length !== at + 2) return undefined;
  const left = items.slice(0, isAny ? at - 1 : at);
  if (isAny && !isSymbol(items[at - 1], "=")) return undefined;
  const query = isAny ? arrayOf(list.items) : list.items;
  const member = memberOf(left, functions);
  return query && member && lookupsIn(query, table, "admits", member, reading);
}

function memberOf(
  items: readonly SqlNode[],
  functions: NonNullable<Reading["functions"]>,
): Member | undefined {
  const [only, ...others] = items;
  if (only?.kind === "name" && others.length === 0) return { parentColumn: only.text };
  const claim = claimExpression(items, functions);
  return claim?.readers ? { claim: claim.expression } : undefined;
}

/** `ARRAY(SELECT …)` */
function arrayOf(wrapped: readonly SqlNode[]): readonly SqlNode[] | undefined {
  const [array, query, ...others] = unwrap(wrapped);
  return isKeyword(array, "ARRAY") && query?.kind === "group" && others.length === 0
    ? query.items
    : undefined;
}

const CLAUSES = ["GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH"];
const SETS = ["UNION", "INTERSECT", "EXCEPT"];

/**
 * Adds all subqueries, wherever they stand: rows that they do not find do not matter. False when one is not understood.
 *
 * @param table whose columns they may compare with their own; undefined: none
 */
export function collectLookups(
  items: readonly SqlNode[],
  table: string | undefined,
  reading: Reading,
  into: PolicyLookup[],
): boolean {
  if (!readsRelations(items)) return true;
  const set = items.findIndex((item) => isKeyword(item, ...SETS));
  if (set > 0) {
    const rest = items.slice(isKeyword(items[set + 1], "ALL") ? set + 2 : set + 1);
    return [items.slice(0, set), rest].every((each) => collectLookups(each, table, reading, into));
  }
  if (items.some((item) => isKeyword(item, "TABLE", "VALUES", "WITH"))) return false;
  if (items.some((item) => isKeyword(item, "FROM"))) {
    // What groups and sorts the rows that are found finds no others.
    const end = items.findIndex((item) => isKeyword(item, ...CLAUSES));
    const query = end < 0 ? items : items.slice(0, end);
    const lookups = lookupsIn(query, table ?? "", "decides", undefined, reading);
    if (lookups === undefined) return false;
    into.push(...lookups);
  }
  return items.every((item) => item.kind !== "group" || collectLookups(item.items, table, reading, into));
}
