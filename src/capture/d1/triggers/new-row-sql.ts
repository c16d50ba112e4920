import { identifier } from "../quote.ts";
import { affinityOf } from "../schema/affinity.ts";
import type { D1Column, D1Table } from "../schema/schema.ts";
import { lowerCase } from "../schema/tokens.ts";
import type { ReadIndex } from "../schema/unique-keys.ts";

/**
 * The value of an index's expression for the new row. Such an expression never qualifies a name. `NEW.c` has the collation of
 * its column and not the affinity, by which comparisons go; a cast lends it, where {@link isOddSql} does not hold.
 */
export function ofNewRowSql({ columns }: D1Table, expression: string): string {
  const values = columns.map((column) => `${lent(column)} AS ${identifier(column.name)}`);
  return `(SELECT ${expression} FROM (SELECT ${values.join(", ")}))`;
}

function lent(column: D1Column): string {
  const value = `NEW.${identifier(column.name)}`;
  const affinity = affinityOf(column);
  return affinity === undefined || affinity === "NONE" ? value : `CAST(${value} AS ${affinity})`;
}

/** Conditions under which a cast would change the new row: bytes in a TEXT column, or a text in a column of numbers. */
export function isOddSql({ columns }: D1Table, { names }: ReadIndex): readonly string[] {
  return columns
    .filter(({ name }) => names.has(lowerCase(name)))
    .flatMap((column) => {
      const type = `typeof(NEW.${identifier(column.name)})`;
      const affinity = affinityOf(column);
      if (affinity === "TEXT") return [`${type} = 'blob'`];
      return affinity === "NUMERIC" || affinity === "REAL" ? [`${type} IN ('blob', 'text')`] : [];
    });
}

/** Whether it cannot be told what the index makes of a new row: no cast lends a column of any values its affinity. */
export function isBeyondCasts({ columns }: D1Table, { names }: ReadIndex): boolean {
  const named = columns.filter(({ name }) => names.has(lowerCase(name)));
  if (named.some((column) => affinityOf(column) === undefined)) return true;
  return named.some((column) => affinityOf(column) === "NONE") && (named.length > 1 || names.has("cast"));
}
