import { outputColumn } from "../query/output-columns.ts";
import type { Level } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import type { RelationDescription } from "../schema/schema.ts";
import { type ConditionCompiler, columnType } from "../shape/conditions.ts";
import type { ShapeWindow, SortKey } from "../shape/shape.ts";

/**
 * The window of the root; undefined when its rows are groups. The `Range` header and `limit` intersect, as they do
 * in PostgREST.
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
    // A policy can hide a row that passes the filter, and an inner embed too; one told of may be another partition's.
    decisive:
      description.reads === undefined &&
      description.partitionKey === undefined &&
      !embeds.some((embed) => embed.inner),
  };
}

export function startsAtFirst(read: Read, level: Level): boolean {
  return rowsOf(read, level).from === 0;
}

/** Rows, not groups, and no cast that may fail. */
export function showsRows(level: Level): boolean {
  return !isAggregated(level) && castsAreSafe(level);
}

/** No cast but to text, here and in embeds, as others may fail on rows that are not shown. */
export function castsAreSafe(level: Level): boolean {
  return level.select.every((item) => {
    if (item.kind === "embed") return castsAreSafe(item.level);
    const casts = item.kind === "column" ? [item.cast, item.aggregateCast] : [];
    return casts.every((cast) => cast === undefined || cast === "text");
  });
}

export function isAggregated(level: Level): boolean {
  return level.select.some(
    (item) =>
      (item.kind === "column" && item.aggregate !== undefined) ||
      (item.kind === "embed" && item.spread && isAggregated(item.level)),
  );
}

/** Where more columns than this sort, no place in the order is told. */
const MAX_SORT_KEYS = 16;

/** The order, if it holds a whole key and the answer shows every column that it sorts by. */
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
