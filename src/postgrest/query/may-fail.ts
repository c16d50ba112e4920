import type { Condition } from "./query.ts";

/**
 * Whether Postgres may refuse one of the patterns. It does so only when it evaluates the pattern, so any row may turn the
 * answer into an error, whatever the other filters say.
 */
export function mayFail(conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => {
    if (condition.kind !== "filter") return mayFail(condition.conditions);
    const { test } = condition;
    switch (test.operator) {
      case "like":
      case "ilike":
        return test.quantifier === undefined
          ? /(^|[^\\])(\\\\)*\\$/.test(test.value)
          : test.value.includes("\\");
      case "match":
      case "imatch":
        return !/^\^?[\p{L}\p{N} _@.-]*\$?$/u.test(test.value);
      case "fts":
        return !/^[\p{L}\p{N}]+$/u.test(test.value);
      default:
        return false;
    }
  });
}
