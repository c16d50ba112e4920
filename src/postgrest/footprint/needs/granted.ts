import type { Filter } from "../../query/query.ts";
import { rulesOf } from "../../row/values.ts";
import type { Reads } from "../../schema/schema.ts";
import { columnType, type PartialCondition } from "../../shape/conditions.ts";
import type { LevelContext } from "../level.ts";

/**
 * Whether the query's own filter demands what a permissive policy asks (S14): in `published OR owner = auth.uid()`, a query with
 * `published=eq.true` finds rows that everybody may see, whoever else may see them too.
 *
 * @param asked what the permissive policies ask, each an alternative
 */
export function isGranted(context: LevelContext, asked: PartialCondition): boolean {
  switch (asked.kind) {
    case "unknown":
      return false;
    case "filter":
      return context.level.where.some((own) => own.kind === "filter" && demands(context, own, asked));
    case "or":
      return !asked.negated && asked.conditions.some((part) => isGranted(context, part));
    case "and":
      return !asked.negated && asked.conditions.every((part) => isGranted(context, part));
  }
}

/** Whether the filters are the same. Equal literals mean the same, as both are read by the column's type. */
function demands({ description, embedNames }: LevelContext, own: Filter, asked: Filter): boolean {
  const { column, path } = own.field;
  if (column !== asked.field.column || path.length > 0 || embedNames.has(column)) return false;
  const type = columnType(description?.columns.get(column));
  if (rulesOf(type) === undefined || own.negated !== asked.negated) return false;
  const [test, needed] = [own.test, asked.test];
  if (JSON.stringify(test) === JSON.stringify(needed))
    return test.operator === "eq" || test.operator === "is";
  const isTrue = test.operator === "is" && test.value === "true" && needed.operator === "eq";
  return type === "bool" && !own.negated && isTrue && needed.value === "true";
}

/** The claim sources that still matter then: all but the permissive policies themselves. */
export function beyondPermissive({ claims, policies = [] }: Reads): Reads["claims"] {
  const permissive = new Set(policies.filter((each) => each.permissive).map(({ using }) => using));
  for (const { using, permissive: isPermissive } of policies) if (!isPermissive) permissive.delete(using);
  return claims.filter(({ text }) => text === "" || !permissive.has(text));
}
