import type { Level } from "../query/query.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import type { ShapeCondition, ShapeJoin } from "../shape/shape.ts";

/** Where a level hangs: how its parent's level restricts, or shows, the rows that matter here. */
export interface ParentLink {
  readonly implied: readonly ShapeCondition[];
  readonly join?: ShapeJoin | undefined;
  /** Further columns that decide, as they join. */
  readonly columns: readonly string[];
  /** From the answer's rows to this level's, or to the nearest above; undefined when rows are grouped. */
  readonly path: readonly string[] | undefined;
  /** The path leads to this level's own rows. */
  readonly isOwn: boolean;
  /** A row of this level that is not shown can go without a trace: no page before it, no total beside it. */
  readonly fromStart: boolean;
}

/** A level while it is compiled. */
export interface LevelContext {
  readonly schema: Schema;
  readonly relation: string;
  readonly description: RelationDescription | undefined;
  readonly level: Level;
  readonly link: ParentLink;
  readonly where: readonly ShapeCondition[];
  /** No filter may turn the answer into an error. */
  readonly isSafe: boolean;
  /** The names of its embeds. */
  readonly embedNames: ReadonlySet<string>;
  readonly isRoot: boolean;
}

/** Whether a row of the level that is not shown can go without a trace. */
export function canVanish({ link, level, isRoot }: LevelContext): boolean {
  return link.fromStart && (isRoot || level.offset === 0);
}
