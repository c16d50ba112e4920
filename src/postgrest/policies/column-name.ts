import { isBoolean, isSymbol, type SqlNode, unwrap } from "./sql-tokens.ts";

/** The column in `alias.column`, or in a bare `column` if there is no alias. Undefined for anything else. */
export function columnName(wrapped: readonly SqlNode[], alias: string | undefined): string | undefined {
  const items = unwrap(wrapped);
  const [qualifier, dot, column, ...others] = items;
  if (alias === undefined) {
    return qualifier?.kind === "name" && items.length === 1 && !isConstant(items)
      ? qualifier.text
      : undefined;
  }
  if (qualifier?.kind !== "name" || qualifier.text !== alias || !isSymbol(dot, ".")) return undefined;
  return column?.kind === "name" && others.length === 0 ? column.text : undefined;
}

/** `true` or `false`. */
export function isConstant(items: readonly SqlNode[]): boolean {
  const [only, ...others] = items;
  return others.length === 0 && isBoolean(only, "true", "false");
}
