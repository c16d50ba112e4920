import { embedName, outputColumn } from "../query/output-columns.ts";
import type { Condition, EmbedItem, Level } from "../query/query.ts";
import { rulesOf } from "../row/values.ts";
import type { RelationDescription } from "../schema/schema.ts";
import { columnType } from "../shape/conditions.ts";
import type { Influence, ShapeCondition, ShapeKeys } from "../shape/shape.ts";
import { isAggregated } from "./page.ts";

/** What an embed's rows do to their parents being there: by `!inner`, and by `is.null` under the embed's name. */
export function influenceOf(level: Level, embed: EmbedItem): Influence {
  const name = embedName(embed);
  const influences = new Set<Influence>(embed.inner ? ["admits"] : []);
  for (const condition of level.where) {
    const names = [...filteredColumns([condition])];
    if (!names.includes(name)) continue;
    const isEmptiness =
      condition.kind === "filter" &&
      condition.field.path.length === 0 &&
      condition.test.operator === "is" &&
      condition.test.value === "null";
    influences.add(!isEmptiness ? "decides" : condition.negated ? "admits" : "expels");
  }
  // An aggregate of no rows is a row.
  if (influences.size > 0 && isAggregated(embed.level)) return "decides";
  const isAlone =
    level.select.filter((item) => item.kind === "embed" && embedName(item) === name).length === 1;
  const [only = "none", ...others] = influences;
  return others.length === 0 && (isAlone || only === "none") ? only : "decides";
}

/** Whether an embed's rows group their parents: then no parent is shown by itself. */
export function groupsParents(level: Level, embed: EmbedItem): boolean {
  return isAggregated(level) || (embed.spread && isAggregated(embed.level));
}

/** Whether an embed's rows sort their parents. */
export function sortsParents(level: Level, embed: EmbedItem): boolean {
  return level.order.some((term) => term.embed === embedName(embed));
}

export function* filteredColumns(conditions: readonly Condition[]): Iterable<string> {
  for (const condition of conditions) {
    if (condition.kind === "filter") yield condition.field.column;
    else yield* filteredColumns(condition.conditions);
  }
}

/**
 * A joined row equals its parent row in the joining columns, so what the parent's filter asks of these, it asks of
 * this side. Whatever the kind of join: a row that joins no candidate parent shows nowhere.
 */
export function impliedConditions(
  where: readonly ShapeCondition[],
  parent: RelationDescription | undefined,
  parentColumns: readonly string[],
  joined: RelationDescription | undefined,
  columns: readonly string[],
): readonly ShapeCondition[] {
  const names = new Map<string, string>();
  for (const [at, parentColumn] of parentColumns.entries()) {
    const column = columns[at] ?? "";
    // The literal has to mean the same on both sides.
    const type = columnType(parent?.columns.get(parentColumn));
    if (type === columnType(joined?.columns.get(column))) names.set(parentColumn, column);
  }
  return where.flatMap((condition) => renamed(condition, names) ?? []);
}

/** The condition on other columns; undefined when it is about more than these. */
function renamed(condition: ShapeCondition, names: ReadonlyMap<string, string>): ShapeCondition | undefined {
  if (condition.kind === "unknown") return undefined;
  if (condition.kind === "filter") {
    const column = names.get(condition.column);
    // A path may look into what equal values print differently.
    return column === undefined || condition.path.length > 0 ? undefined : { ...condition, column };
  }
  const conditions = condition.conditions.map((part) => renamed(part, names));
  const known = conditions.filter((part) => part !== undefined);
  return known.length === conditions.length ? { ...condition, conditions: known } : undefined;
}

/** Those of the parent's joining columns that the answer shows; undefined when it shows none. */
export function parentKeys(
  level: Level,
  parent: RelationDescription | undefined,
  parentColumns: readonly string[],
  joined: RelationDescription | undefined,
  columns: readonly string[],
): Omit<ShapeKeys, "path"> | undefined {
  const keys = parentColumns.flatMap((parentColumn, at) => {
    const column = columns[at] ?? "";
    const output = outputColumn(level, parentColumn);
    const type = columnType(parent?.columns.get(parentColumn));
    const joinedType = columnType(joined?.columns.get(column));
    // Postgres also joins a date to a timestamp, or a float4 to a float8, whose texts do not compare.
    const isAlike = type === joinedType || (INTEGERS.includes(type) && INTEGERS.includes(joinedType));
    return output !== undefined && isAlike && rulesOf(type) ? [{ output, column, type }] : [];
  });
  if (keys.length === 0) return undefined;
  return {
    outputs: keys.map(({ output }) => output),
    columns: keys.map(({ column }) => column),
    types: keys.map(({ type }) => type),
  };
}

const INTEGERS: readonly string[] = ["int2", "int4", "int8"];
