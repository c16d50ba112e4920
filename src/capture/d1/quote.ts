export { identifier } from "../sql/quote.ts";

/** A text literal of SQLite's, which knows no escapes but the doubled quote. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Conditions of which one must hold. As a balanced tree: D1 allows no expression deeper than 100. */
export function anyOf(conditions: readonly string[]): string {
  if (conditions.length === 0) return "0";
  if (conditions.length === 1) return conditions[0] as string;
  const half = conditions.length >> 1;
  return `(${anyOf(conditions.slice(0, half))} OR ${anyOf(conditions.slice(half))})`;
}
