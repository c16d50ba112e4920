import { parseQuery } from "./parse.ts";
import type { Condition, Filter } from "./query.ts";

/** An argument's place in a filter of `dependsOn`: `category=eq.{category}`. */
const PLACE = /^\{([A-Za-z_][A-Za-z0-9_$]*)\}$/;

/** Operators that may have an argument beside them. */
const WITH_ARGUMENT: ReadonlySet<string> = new Set(["eq", "gt", "gte", "lt", "lte"]);

/**
 * The conditions of a filter with places for arguments in it.
 *
 * @param filter a query string of filters, as `dependsOn` has it
 * @throws QuerySyntaxError
 */
export function placesIn(filter: string): {
  readonly where: readonly Condition[];
  readonly wrong: string | null;
} {
  const { root } = parseQuery("relation", filter);
  const { where, order, select, limit, offset } = root;
  const isFilter = order.length === 0 && limit === undefined && offset === 0 && select[0]?.kind === "star";
  if (!isFilter || where.length === 0) return { where, wrong: "it has more, or less, than filters" };
  const misplaced = [...filtersIn(where)].find((each) => {
    const { test } = each;
    if (test.operator === "in") return test.values.some((value) => /[{}]/.test(value));
    return /[{}]/.test(test.value) && !(WITH_ARGUMENT.has(test.operator) && PLACE.test(test.value));
  });
  return { where, wrong: misplaced === undefined ? null : "an argument has no place there" };
}

/** The argument whose place it is. Undefined: it is a value of its own. */
export function placeOf(value: string): string | undefined {
  return PLACE.exec(value)?.[1];
}

function* filtersIn(conditions: readonly Condition[]): Iterable<Filter> {
  for (const condition of conditions) {
    if (condition.kind === "filter") yield condition;
    else yield* filtersIn(condition.conditions);
  }
}
