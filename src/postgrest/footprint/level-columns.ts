import type { Condition, Level } from "../query/query.ts";
import type { LevelContext } from "./level.ts";

/** Whether a level reads all columns of its rows. For an empty select PostgREST does, though it shows none of them. */
export function readsWholeRows({ select }: Level): boolean {
  return select.length === 0 || select.some(({ kind }) => kind === "star");
}

/** The columns that a level shows or sorts by. */
export function* outputAndSortColumns({ select, order }: Level): Iterable<string> {
  for (const item of select) if (item.kind === "column" && item.field) yield item.field.column;
  for (const { embed, field } of order) if (embed === undefined) yield field.column;
}

/** The columns that the level's filters name. A name may be an embed's, a column's, or both at once. */
export function columnsInFilters({ level, description, embedNames }: LevelContext): readonly string[] {
  const names = [...filteredColumns(level.where)];
  return names.filter((name) => !embedNames.has(name) || description?.columns.has(name));
}

/** The columns that conditions name, embeds' names included. */
export function* filteredColumns(conditions: readonly Condition[]): Iterable<string> {
  for (const condition of conditions) {
    if (condition.kind === "filter") yield condition.field.column;
    else yield* filteredColumns(condition.conditions);
  }
}
