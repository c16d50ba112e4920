import type { Level, SelectItem } from "../query/query.ts";
import type { RelationDescription } from "../schema/schema.ts";

/**
 * The level as Postgres reads it: a selected column `count` that the relation does not have is an aggregate, because
 * `t.count` then means `count(t)`.
 */
export function withCounts(level: Level, description: RelationDescription | undefined): Level {
  if (description === undefined || description.columns.has("count") || description.computed.has("count")) {
    return level;
  }
  return { ...level, select: level.select.map(asCount) };
}

function asCount(item: SelectItem): SelectItem {
  if (item.kind !== "column" || item.field?.column !== "count" || item.field.path.length > 0) return item;
  if (item.aggregate !== undefined) return item;
  const { field: _, cast, ...rest } = item;
  return { ...rest, aggregate: "count", ...(cast !== undefined && { aggregateCast: cast }) };
}
