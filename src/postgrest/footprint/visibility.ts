import type { PolicyLookup } from "../policies/lookup.ts";
import { mayFail } from "../query/may-fail.ts";
import { outputColumn } from "../query/output-columns.ts";
import type { EmbedItem, Level } from "../query/query.ts";
import type { Relationship } from "../relationships/relationship.ts";
import { rulesOf } from "../row/values.ts";
import type { Schema } from "../schema/schema.ts";
import { type ConditionCompiler, columnType } from "../shape/conditions.ts";
import type { Part, ShapeJoin, ShapeKeys, ShapeShown } from "../shape/shape.ts";
import { groupsParents, impliedConditions, influenceOf, parentKeys, sortsParents } from "./embeds.ts";
import { canVanish, type LevelContext, type ParentLink } from "./level.ts";
import { castsAreSafe, showsRows } from "./page.ts";

/** The answer shows no key of these rows. If it shows none of them, that still tells that there are none. */
const NOT_SHOWN: Omit<ShapeKeys, "path"> = { outputs: [], columns: [], types: [] };

/** How the answer shows the level's own rows: by the first of the relation's keys whose columns are all in it. */
export function ownKeysOf({ description, level, link }: LevelContext): ShapeShown | undefined {
  const { path } = link;
  if (description === undefined || path === undefined || !showsRows(level)) return undefined;
  const fromStart = link.fromStart && level.offset === 0;
  for (const columns of link.isOwn ? description.keys : []) {
    const outputs = columns.flatMap((column) => outputColumn(level, column) ?? []);
    const types = columns.map((column) => columnType(description.columns.get(column)));
    if (outputs.length < columns.length || types.some((type) => !rulesOf(type))) continue;
    return { path, outputs, columns, types, fromStart };
  }
  return { path, ...NOT_SHOWN, fromStart };
}

/** How the answer shows a junction's rows: a junction row is not shown where its target is not. */
export function targetKeysOf(
  schema: Schema,
  target: string,
  { relation, targetColumns, toTarget }: NonNullable<Relationship["junction"]>,
  level: Level,
  { path, isOwn, fromStart }: ParentLink,
): ShapeShown | undefined {
  if (path === undefined || !isOwn || !showsRows(level) || mayFail(level.where)) return undefined;
  const keys = parentKeys(level, schema.get(target), targetColumns, schema.get(relation), toTarget);
  return keys && { path, ...keys, fromStart: fromStart && level.offset === 0 };
}

/** How the rows of an embed join its parent's, and what they do to parents that are not shown. */
export function parentJoinOf(
  context: LevelContext,
  embed: EmbedItem,
  { parentColumns, target, junction, columns }: Relationship,
  isSingle: boolean,
): ShapeJoin | undefined {
  const { schema, level, description, link } = context;
  const { path } = link;
  if (path === undefined || groupsParents(level, embed) || !castsAreSafe(embed.level)) return undefined;
  const joined = schema.get(junction?.relation ?? target);
  // Of several relationships it is not known which one joins; a row that sorts its parent may move it into the page.
  const isPlain = link.isOwn && isSingle && !sortsParents(level, embed);
  const keys = isPlain ? parentKeys(level, description, parentColumns, joined, columns) : undefined;
  const influence = influenceOf(level, embed);
  const isFree = influence === "none" || canVanish(context);
  return { path, ...(keys ?? NOT_SHOWN), influence: isFree ? influence : "decides" };
}

/** Completes the part of a policy's lookup with how the rows looked up join the level's rows. */
export function lookupPart(
  context: LevelContext,
  conditions: ConditionCompiler,
  part: Part,
  { relation, influence, joins }: PolicyLookup<unknown>,
): Part {
  const { schema, level, description, link, isSafe } = context;
  const joined = schema.get(relation);
  const columns = joins.map(({ column }) => column);
  const parentColumns = joins.map(({ parentColumn }) => parentColumn);
  const implied = impliedConditions(context.where, description, parentColumns, joined, columns);
  const where = [...part.where, ...conditions.notNull(columns, joined), ...implied];
  const { path } = link;
  if (path === undefined || !isSafe || !showsRows(level)) return { ...part, where };
  const keys = link.isOwn ? parentKeys(level, description, parentColumns, joined, columns) : undefined;
  const isKey = description?.keys.some((key) => key.every((column) => parentColumns.includes(column)));
  const isWhole = keys?.columns.length === columns.length;
  const join: ShapeJoin = {
    path,
    ...(keys ?? NOT_SHOWN),
    influence: canVanish(context) ? influence : "decides",
    ...(isKey && isWhole && influence === "admits" && { admitsAgain: true as const }),
  };
  return { ...part, where, join };
}
