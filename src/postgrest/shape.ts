import type { PathStep } from "./query.ts";

/**
 * A footprint without its literals. Queries that differ in their literals only share one shape, and an index
 * keeps each shape once. `slot` numbers point into the footprint's list of literals.
 */
export interface Shape {
  readonly parts: readonly Part[];
}

/** One way in which rows of one relation bear upon the answer. */
export interface Part {
  /** The relation, and those whose changes report the same rows: its partitions and partitioned parents. */
  readonly relations: readonly string[];
  /** Only rows that may pass all of these matter. */
  readonly where: readonly ShapeCondition[];
  /** An UPDATE that leaves these as they were does not matter. Absent: every column may. */
  readonly columns?: readonly string[];
  /** Those of `columns` that are floating-point: `-0` and `0` print differently, but not in every row image. */
  readonly floats?: readonly string[];
  /** Its rows are the answer's rows: their page. */
  readonly window?: ShapeWindow;
  /** Only rows joined to a row that the answer shows matter. */
  readonly join?: ShapeJoin;
  /** How the answer shows the keys of its rows. */
  readonly shown?: ShapeShown;
  /** A foreign key points at it: a row just inserted is joined by none that was there before. */
  readonly referenced?: true;
}

/** `order`, `limit` and `offset` of the root. */
export interface ShapeWindow {
  /** Absent when the order is not total, or the answer does not show what it sorts by. */
  readonly order?: readonly SortKey[];
  /** Slots; no limit means that the page is open-ended. */
  readonly limit?: number;
  readonly offset: number;
  /** The answer also counts all rows that match. */
  readonly counted: boolean;
  /** A row that passes `where` is a row of the result; not so with `!inner` and filters on embeds. */
  readonly decisive: boolean;
}

export interface SortKey {
  readonly column: string;
  /** The member of the answer's rows that shows the column. */
  readonly output: string;
  readonly type: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface ShapeJoin {
  /** From the answer's rows to those of the parent: members to descend into, arrays or objects. */
  readonly path: readonly string[];
  /** Members of the parent's rows, and the columns of the change's row that equal them. */
  readonly outputs: readonly string[];
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

export interface ShapeShown {
  /** From the answer's rows to those of this part. */
  readonly path: readonly string[];
  /** Members of these rows, and the columns that they show: a key of the relation. */
  readonly outputs: readonly string[];
  readonly columns: readonly string[];
  readonly types: readonly string[];
  /** An UPDATE that leaves these as they were leaves the row in or out, and where it is. Absent: not known. */
  readonly placing?: readonly string[];
  /** Rows that are not shown come later or not at all; not so behind an offset. */
  readonly fromStart: boolean;
}

export type ShapeCondition = ShapeLogic | ShapeFilter | { readonly kind: "unknown" };

interface ShapeLogic {
  readonly kind: "and" | "or";
  readonly negated: boolean;
  readonly conditions: readonly ShapeCondition[];
}

export interface ShapeFilter {
  readonly kind: "filter";
  readonly column: string;
  readonly path: readonly PathStep[];
  /** A name that `rulesOf` knows, `jsonb`, `_<name>`; or one of the marks below. */
  readonly type: string;
  readonly negated: boolean;
  readonly operator: string;
  readonly quantifier?: "any" | "all";
  readonly slot: number;
}

/** No schema: the value's JSON must speak for itself. */
export const UNTYPED = "";
/** A type whose semantics are not known, but whose `null` is SQL's. */
export const OPAQUE = "!";
/** Nothing about the column's value can be told from a row image. */
export const HIDDEN = "?";
