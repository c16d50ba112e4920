import type { Condition, EmbedItem, Level } from "./query.ts";
import type { RelationDescription } from "./schema.ts";
import type { ShapeCondition, ShapeFilter, ShapeJoin } from "./shape.ts";
import { columnType } from "./shape-conditions.ts";
import { handleOf, shownColumn } from "./shown.ts";
import { isAggregated } from "./window-shape.ts";

/**
 * What rows of an embed do to the parent's: nothing; more of them only admit more parents; less simple; or they
 * sort or group them.
 */
export type Influence = "none" | "admits" | "decides" | "order";

export function influenceOf(level: Level, embed: EmbedItem, handles: ReadonlySet<string>): Influence {
  const groups = isAggregated(level) || (embed.spread && isAggregated(embed.level));
  if (groups || level.order.some((term) => term.embed === handleOf(embed))) return "order";
  for (const column of filteredColumns(level.where)) if (handles.has(column)) return "decides";
  return embed.inner ? "admits" : "none";
}

export function* filteredColumns(conditions: readonly Condition[]): Iterable<string> {
  for (const condition of conditions) {
    if (condition.kind === "filter") yield condition.field.column;
    else yield* filteredColumns(condition.conditions);
  }
}

/**
 * A joined row equals its parent row in the joining columns, so what the parent's filter fixes there, it fixes on
 * this side. Whatever the kind of join: a row that joins no candidate parent shows nowhere.
 */
export function impliedConditions(
  where: readonly ShapeCondition[],
  parent: RelationDescription | undefined,
  parentColumns: readonly string[],
  joined: RelationDescription | undefined,
  columns: readonly string[],
): readonly ShapeCondition[] {
  return parentColumns.flatMap((parentColumn, at) => {
    const column = columns[at];
    if (column === undefined) return [];
    const type = columnType(parent?.columns.get(parentColumn));
    // The literal has to mean the same on both sides.
    if (type !== columnType(joined?.columns.get(column))) return [];
    return where
      .filter((condition): condition is ShapeFilter => fixes(condition, parentColumn))
      .map((filter) => ({ ...filter, column }));
  });
}

/** `column = literal` or `column in (…)`, which every row that passes must satisfy. */
function fixes(condition: ShapeCondition, column: string): boolean {
  return (
    condition.kind === "filter" &&
    condition.column === column &&
    condition.path.length === 0 &&
    !condition.negated &&
    (condition.operator === "in" || condition.operator === "eq")
  );
}

/** The parent's joining columns as the answer shows them, if it shows all of them. */
export function shownJoin(
  level: Level,
  description: RelationDescription | undefined,
  path: readonly string[],
  parentColumns: readonly string[],
  columns: readonly string[],
): ShapeJoin | undefined {
  const outputs: string[] = [];
  const types: string[] = [];
  for (const column of parentColumns) {
    const output = shownColumn(level, column);
    if (output === undefined) return undefined;
    outputs.push(output);
    types.push(columnType(description?.columns.get(column)));
  }
  return { path, outputs, columns, types };
}
