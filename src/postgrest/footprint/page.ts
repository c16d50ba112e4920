import { outputColumn } from "../query/output-columns.ts";
import type { Level } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import type { RelationDescription } from "../schema/schema.ts";
import { type ConditionCompiler, columnType } from "../shape/conditions.ts";
import type { ShapeWindow, SortKey } from "../shape/shape.ts";

/**
 * The page that the root asks for. Undefined when its rows are groups, or nothing is known of the relation. As in
 * PostgREST, the `Range` header and `limit` intersect.
 */
export function compileWindow(
  read: Read,
  level: Level,
  description: RelationDescription | undefined,
  conditions: ConditionCompiler,
): ShapeWindow | undefined {
  if (description === undefined || !showsRows(level)) return undefined;
  const { from, to } = rowsOf(read, level);
  const embeds = level.select.filter((item) => item.kind === "embed");
  const order = totalOrder(level, description);
  return {
    ...(order && { order }),
    ...(to !== undefined && { limit: conditions.slot(String(Math.max(0, to - from + 1))) }),
    offset: conditions.slot(String(from)),
    counted: read.count === "exact",
    // A row that passes the filter may still be hidden by a policy or an inner embed, or belong to another partition.
    decisive:
      description.reads === undefined &&
      description.partitionKey === undefined &&
      !embeds.some((embed) => embed.inner),
  };
}

export function startsAtFirst(read: Read, level: Level): boolean {
  return rowsOf(read, level).from === 0;
}

/** Whether the level shows rows as they are: no groups, and no cast that may fail. */
export function showsRows(level: Level): boolean {
  return !isAggregated(level) && castsAreSafe(level);
}

/** Whether there is no cast but to text, here and in embeds: others may fail, even on rows that are not shown. */
export function castsAreSafe(level: Level): boolean {
  return level.select.every((item) => {
    if (item.kind === "embed") return castsAreSafe(item.level);
    const casts = item.kind === "column" ? [item.cast, item.aggregateCast] : [];
    return casts.every((cast) => cast === undefined || cast === "text");
  });
}

/** Whether the level's rows are groups. */
export function isAggregated(level: Level): boolean {
  return level.select.some(
    (item) =>
      (item.kind === "column" && item.aggregate !== undefined) ||
      (item.kind === "embed" && item.spread && isAggregated(item.level)),
  );
}

/** With more sort columns than this, positions are not told. */
const MAX_SORT_KEYS = 16;

/** The order if it is total, which takes a whole key, and the answer shows every column that it sorts by. */
function totalOrder(level: Level, description: RelationDescription): readonly SortKey[] | undefined {
  if (level.order.length > MAX_SORT_KEYS) return undefined;
  const order: SortKey[] = [];
  for (const { embed, field, descending, nullsFirst } of level.order) {
    const output = outputColumn(level, field.column);
    if (embed !== undefined || field.path.length > 0 || output === undefined) return undefined;
    const type = columnType(description.columns.get(field.column));
    order.push({ column: field.column, output, type, descending, nullsFirst });
  }
  const sorted = new Set(order.map(({ column }) => column));
  const isTotal = description.keys.some((key) => key.length > 0 && key.every((column) => sorted.has(column)));
  return isTotal ? order : undefined;
}

function rowsOf(read: Read, level: Level): { readonly from: number; readonly to: number | undefined } {
  const limitTo = level.limit === undefined ? undefined : level.offset + level.limit - 1;
  const from = Math.max(level.offset, read.range?.from ?? 0);
  const ends = [limitTo, read.range?.to].filter((end) => end !== undefined);
  return { from, to: ends.length === 0 ? undefined : Math.min(...ends) };
}
