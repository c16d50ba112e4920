import type { Level } from "../query/query.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import type { ShapeCondition, ShapeJoin } from "../shape/shape.ts";

/** How a level hangs from its parent: what the parent demands of its rows, and how the answer shows them. */
export interface ParentLink {
  /** What the parent's filter demands of this level's joining columns. */
  readonly implied: readonly ShapeCondition[];
  readonly join?: ShapeJoin | undefined;
  /** The joining columns of this level: they decide the answer too. */
  readonly columns: readonly string[];
  /** Members from the answer's rows down to this level's rows, or to the nearest above; undefined when rows are grouped. */
  readonly path: readonly string[] | undefined;
  /** The path leads to this level's own rows. */
  readonly isOwn: boolean;
  /** A row of this level that is not shown can go without a trace: it is on no page before, and in no total. */
  readonly fromStart: boolean;
}

/** A level of a query while its part is compiled. */
export interface LevelContext {
  readonly schema: Schema;
  readonly relation: string;
  /** Undefined when the schema does not tell of the relation. */
  readonly description: RelationDescription | undefined;
  readonly level: Level;
  readonly link: ParentLink;
  readonly where: readonly ShapeCondition[];
  /** No filter can turn the answer into an error. */
  readonly isSafe: boolean;
  readonly embedNames: ReadonlySet<string>;
  readonly isRoot: boolean;
}

/** Whether a row of the level that is not shown can go without a trace. */
export function canVanish({ link, level, isRoot }: LevelContext): boolean {
  return link.fromStart && (isRoot || level.offset === 0);
}
