import { isKeyword, isSymbol, type SqlNode, separated } from "./sql-tokens.ts";

/** A relation in a `FROM`, and the name by which its columns are qualified. */
export interface Source {
  /** "schema.table" */
  readonly relation: string;
  readonly alias: string;
}

/** What stands in a `FROM`. */
export interface Sources {
  readonly sources: readonly Source[];
  /** Of its joins. */
  readonly conditions: readonly (readonly SqlNode[])[];
  /** It is one relation, and nothing else. */
  readonly isAlone: boolean;
}

/**
 * Reads `schema.table [alias]`, or several joined by `JOIN … ON` and commas, calls of functions among them. Undefined for outer
 * joins and anything more.
 *
 * @param mayJoin whether anything but a single relation is understood
 */
export function sourcesIn(items: readonly SqlNode[], mayJoin: boolean): Sources | undefined {
  const alone = relationIn(items);
  if (alone !== undefined) return { sources: [alone], conditions: [], isAlone: true };
  if (!mayJoin) return undefined;
  const sources: Source[] = [];
  const conditions: (readonly SqlNode[])[] = [];
  const isRead = separated(items, ",").every((item) => addItem(item, sources, conditions));
  return isRead ? { sources, conditions, isAlone: false } : undefined;
}

function addItem(items: readonly SqlNode[], sources: Source[], conditions: (readonly SqlNode[])[]): boolean {
  const [first, ...others] = items;
  const relation = relationIn(items);
  if (relation !== undefined) sources.push(relation);
  if (relation !== undefined || isCall(items)) return true;
  if (first?.kind !== "group" || others.length > 0) return false;
  const join = first.items.findIndex((item) => isKeyword(item, "JOIN"));
  const on = first.items.findIndex((item) => isKeyword(item, "ON"));
  if (join < 0 || on < join) return false;
  conditions.push(first.items.slice(on + 1));
  return (
    addItem(first.items.slice(0, join), sources, conditions) &&
    addItem(first.items.slice(join + 1, on), sources, conditions)
  );
}

function relationIn([schema, dot, name, alias, ...others]: readonly SqlNode[]): Source | undefined {
  if (schema?.kind !== "name" || !isSymbol(dot, ".") || name?.kind !== "name" || others.length > 0)
    return undefined;
  if (alias !== undefined && alias.kind !== "name") return undefined;
  return { relation: `${schema.text}.${name.text}`, alias: (alias ?? name).text };
}

/** `generate_series(1, 3) alias(column)`: it is no relation, and what it reads is told apart. */
function isCall(items: readonly SqlNode[]): boolean {
  const at = items.findIndex(({ kind }) => kind === "group");
  const [first, dot, name, ...others] = items.slice(0, Math.max(0, at));
  const isName =
    first?.kind === "name" && (dot === undefined || (isSymbol(dot, ".") && name?.kind === "name"));
  const isRest = items.slice(at + 1).every(({ kind }) => kind === "name" || kind === "group");
  return isName && others.length === 0 && isRest;
}
