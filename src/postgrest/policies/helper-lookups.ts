import type { ClaimExpression } from "../claims/expression.ts";
import type { Helper } from "../schema/schema.ts";
import { type ClaimFunctions, claimExpression, parameterName } from "./claim-sql.ts";
import type { PolicyLookup } from "./lookup.ts";
import { isKeyword, isSymbol, readSql, type SqlNode, separated } from "./sql-tokens.ts";
import { collectLookups } from "./subquery.ts";

/** How deep helpers may call each other, and how many calls are followed. */
const MAX_DEPTH = 8;
const MAX_CALLS = 100;

/**
 * The rows that helpers look up, such as `has_role(auth.uid(), 'admin')`, by what each call hands to them. Undefined when one of
 * them is not understood: then any row may matter.
 *
 * @param policies that call them, as Postgres prints them
 */
export function helperLookups(
  policies: readonly string[],
  helpers: readonly Helper[],
  functions: ClaimFunctions,
): readonly PolicyLookup[] | undefined {
  const calls = new HelperCalls(helpers, functions);
  return policies.every((policy) => calls.follow(policy)) ? calls.lookups : undefined;
}

class HelperCalls {
  readonly #helpers: ReadonlyMap<string, Helper>;
  readonly #functions: ClaimFunctions;
  readonly #lookups: PolicyLookup[] = [];
  readonly #called = new Set<string>();
  #calls = 0;

  constructor(helpers: readonly Helper[], functions: ClaimFunctions) {
    this.#helpers = new Map(helpers.map((helper) => [helper.name, helper]));
    this.#functions = functions;
  }

  /** Undefined when a helper is called from somewhere else. */
  get lookups(): readonly PolicyLookup[] | undefined {
    return this.#called.size === this.#helpers.size ? this.#lookups : undefined;
  }

  follow(policy: string): boolean {
    const items = readSql(policy);
    return items !== undefined && this.#callsIn(items, this.#functions, 0);
  }

  #callsIn(items: readonly SqlNode[], names: ClaimFunctions, depth: number): boolean {
    return items.every((item, at) => {
      if (item.kind !== "group") return true;
      const [schema, dot, name] = items.slice(Math.max(0, at - 3), at);
      const isNamed = schema?.kind === "name" && isSymbol(dot, ".") && name?.kind === "name";
      const helper = isNamed ? this.#helpers.get(`${schema.text}.${name.text}`) : undefined;
      if (helper && !this.#call(helper, item.items, names, depth + 1)) return false;
      return this.#callsIn(item.items, names, depth);
    });
  }

  #call(helper: Helper, items: readonly SqlNode[], names: ClaimFunctions, depth: number): boolean {
    this.#called.add(helper.name);
    this.#calls += 1;
    const given = items.length === 0 ? [] : separated(items, ",");
    const body = readSql(helper.body);
    if (depth > MAX_DEPTH || this.#calls > MAX_CALLS || given.length !== helper.parameters.length || !body)
      return false;
    const known = new Map(this.#functions);
    for (const [at, argument] of given.entries()) {
      const found = claimExpression(argument, names);
      if (found) bind(helper, at, found.expression, body, known);
    }
    const isRead = statementsIn(body).every((statement) =>
      collectLookups(statement, undefined, { functions: known, isPositive: true }, this.#lookups),
    );
    return isRead && this.#callsIn(body, known, depth);
  }
}

/** In the body, a parameter is `$1` if it has no name, and else qualified by the function's. */
function bind(
  { name, parameters }: Helper,
  at: number,
  value: ClaimExpression,
  body: readonly SqlNode[],
  into: Map<string, ClaimExpression>,
): void {
  const bare = name.slice(name.indexOf(".") + 1);
  const parameter = parameters[at] ?? "";
  if (parameter === "") into.set(parameterName(`$${at + 1}`), value);
  else if (!isAlias(bare, body)) into.set(parameterName(`${bare}.${parameter}`), value);
}

/** Whether a name stands where a relation, or what it is called, may: then its columns look like the parameters. */
function isAlias(name: string, items: readonly SqlNode[]): boolean {
  return items.some((item, at) => {
    if (item.kind === "group") return isAlias(name, item.items);
    return item.kind === "name" && item.text === name && !isSymbol(items[at + 1], ".");
  });
}

/** `BEGIN ATOMIC …; …; END`, or `RETURN …` */
function statementsIn(items: readonly SqlNode[]): readonly (readonly SqlNode[])[] {
  const isBlock = isKeyword(items[0], "BEGIN") && isKeyword(items[1], "ATOMIC");
  return separated(isBlock ? items.slice(2) : items, ";");
}
