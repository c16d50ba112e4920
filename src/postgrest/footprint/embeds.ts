import { mayFail } from "../query/may-fail.ts";
import { embedName, outputColumn } from "../query/output-columns.ts";
import type { EmbedItem, Level } from "../query/query.ts";
import { relationshipsOf } from "../relationships/relationship.ts";
import { rulesOf } from "../row/values.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import { type ConditionCompiler, columnType } from "../shape/conditions.ts";
import type { Influence, ShapeCondition, ShapeKeys } from "../shape/shape.ts";
import { filteredColumns } from "./level-columns.ts";
import { isAggregated } from "./page.ts";

/** Whether an embed's rows decide that their parents are in the result: by `!inner`, or by a filter on the embed's name. */
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
  // An aggregate of no rows is still a row.
  if (influences.size > 0 && isAggregated(embed.level)) return "decides";
  const isAlone =
    level.select.filter((item) => item.kind === "embed" && embedName(item) === name).length === 1;
  const [only = "none", ...others] = influences;
  return others.length === 0 && (isAlone || only === "none") ? only : "decides";
}

/** Whether parents are grouped by the embed's rows, so that no parent is shown by itself. */
export function groupsParents(level: Level, embed: EmbedItem): boolean {
  return isAggregated(level) || (embed.spread && isAggregated(embed.level));
}

/** Whether an embed's rows sort their parents. */
export function sortsParents(level: Level, embed: EmbedItem): boolean {
  return level.order.some((term) => term.embed === embedName(embed));
}

/**
 * What the parent's filter demands of the joined rows: both sides are equal in the joining columns. This holds for every
 * kind of join, as a row that joins no candidate parent is shown nowhere.
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
    // A literal means the same on both sides only if the types are the same.
    const type = columnType(parent?.columns.get(parentColumn));
    if (type === columnType(joined?.columns.get(column))) names.set(parentColumn, column);
  }
  return where.flatMap((condition) => renamed(condition, names) ?? []);
}

/** The condition with its columns renamed; undefined when it names others. */
function renamed(condition: ShapeCondition, names: ReadonlyMap<string, string>): ShapeCondition | undefined {
  if (condition.kind === "unknown") return undefined;
  if (condition.kind === "filter") {
    const column = names.get(condition.column);
    // Equal values may print differently, and a path may look at that.
    return column === undefined || condition.path.length > 0 ? undefined : { ...condition, column };
  }
  const conditions = condition.conditions.map((part) => renamed(part, names));
  const known = conditions.filter((part) => part !== undefined);
  return known.length === conditions.length ? { ...condition, conditions: known } : undefined;
}

/** What embeds that must not be empty demand of the joining columns: rows of the level that fail it do not count. */
export function requiredByEmbeds(
  schema: Schema,
  conditions: ConditionCompiler,
  relation: string,
  level: Level,
): readonly ShapeCondition[] {
  const parent = schema.get(relation);
  return level.select.flatMap((item) => {
    if (item.kind !== "embed" || influenceOf(level, item) !== "admits") return [];
    const [only, ...others] = relationshipsOf(schema, relation, item);
    if (!only?.isExact || others.length > 0 || only.junction || mayFail(item.level.where)) return [];
    const target = schema.get(only.target);
    const about = item.level.where.filter((condition) =>
      [...filteredColumns([condition])].every((column) => only.columns.includes(column)),
    );
    const where = conditions.compileAll(about, target, new Set());
    return [
      ...conditions.notNull(only.parentColumns, parent),
      ...impliedConditions(where, target, only.columns, parent, only.parentColumns),
    ];
  });
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
    // Postgres also joins a date to a timestamp, or a float4 to a float8, but their texts do not compare.
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
