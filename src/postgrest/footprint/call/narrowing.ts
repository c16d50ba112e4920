import { placeOf, placesIn } from "../../query/places.ts";
import type { Condition, Filter } from "../../query/query.ts";
import type { FunctionCall } from "../../query/read.ts";
import type { ColumnDescription, RelationDescription, Routine } from "../../schema/schema.ts";
import { literalOf } from "./argument-values.ts";

/**
 * The conditions of a filter with this call's arguments in their places.
 *
 * @returns undefined when an argument is missing or NULL, or is read by another type than the column it is compared with: then
 * any row may matter
 */
export function narrowed(
  filter: string,
  description: RelationDescription | undefined,
  routine: Routine,
  call: FunctionCall,
): readonly Condition[] | undefined {
  const { where, wrong } = placesIn(filter);
  if (wrong !== null || description === undefined) return undefined;
  const filled = where.map((condition) => filledIn(condition, description, routine, call));
  return filled.every((condition) => condition !== undefined) ? filled : undefined;
}

function filledIn(
  condition: Condition,
  description: RelationDescription,
  routine: Routine,
  call: FunctionCall,
): Condition | undefined {
  if (condition.kind !== "filter") {
    const conditions = condition.conditions.map((each) => filledIn(each, description, routine, call));
    return conditions.every((each) => each !== undefined) ? { ...condition, conditions } : undefined;
  }
  const { field, test } = condition;
  const name = test.operator === "in" ? undefined : placeOf(test.value);
  if (name === undefined) return condition;
  const literal = literalOf(routine, call, name);
  const column = description.columns.get(field.column);
  if (literal === undefined || field.path.length > 0 || !areAlike(literal.type, column)) return undefined;
  return { ...condition, test: { ...test, value: literal.text } as Filter["test"] };
}

/** Whether both read a text as the same value. */
function areAlike(type: string, column: ColumnDescription | undefined): boolean {
  if (column === undefined || column.family === "opaque") return false;
  return type === column.type || (TEXTS.has(type) && TEXTS.has(column.type));
}

const TEXTS: ReadonlySet<string> = new Set(["text", "varchar"]);
