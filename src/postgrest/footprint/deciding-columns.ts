import type { Part, ShapePlacing } from "../shape/shape.ts";
import type { LevelContext } from "./level.ts";
import { columnsInFilters, outputAndSortColumns, readsWholeRows } from "./level-columns.ts";
import type { PartBuilder } from "./part-builder.ts";

/**
 * The columns whose output text decides the answer: `columns` all of them, `fixed` those that decide even if filter and
 * policies treat a row alike before and after. Undefined when any column of the row may decide.
 *
 * @param joined columns of the level by which its embeds join
 */
export function decidingColumns(
  context: LevelContext,
  builder: PartBuilder,
  joined: readonly string[],
): Pick<Part, "columns" | "fixed"> | undefined {
  const { relation, description, level, link } = context;
  const policy = builder.policyColumns(relation);
  const uncovered = builder.uncoveredColumns(relation);
  if (description === undefined || policy === "all" || uncovered === "all") return undefined;
  const columns = new Set([...link.columns, ...joined, ...uncovered]);
  if (readsWholeRows(level)) for (const name of description.columns.keys()) columns.add(name);
  for (const name of outputAndSortColumns(level)) columns.add(name);
  const fixed = [...columns].sort();
  for (const name of [...columnsInFilters(context), ...policy]) columns.add(name);
  // What is no column is a function over the row, which may read any of its columns.
  if ([...columns].some((name) => !description.columns.has(name))) return undefined;
  return { columns: [...columns].sort(), fixed };
}

/** The columns that decide whether a row is in the result, and where. Undefined when any may. */
export function placingColumns(
  context: LevelContext,
  builder: PartBuilder,
  joined: readonly string[],
): ShapePlacing | undefined {
  const { relation, level, link } = context;
  const policy = builder.policyColumns(relation);
  const uncovered = builder.uncoveredColumns(relation);
  if (policy === "all" || uncovered === "all") return undefined;
  const sorted = level.order.flatMap((term) => (term.embed === undefined ? [term.field.column] : []));
  const names = [...joined, ...link.columns, ...sorted, ...uncovered];
  const fixed = builder.comparable(relation, names);
  const columns = builder.comparable(relation, [...names, ...columnsInFilters(context), ...policy]);
  return columns && fixed && { columns, fixed };
}
