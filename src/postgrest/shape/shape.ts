import type { PathStep } from "../query/query.ts";

/**
 * A footprint without its literals; docs/design/verdicts.md. Queries that differ only in their literals share one shape,
 * and an index keeps each shape once. A `slot` is a position in the footprint's list of literals.
 */
export interface Shape {
  readonly parts: readonly Part[];
}

/** One way in which the rows of one relation decide the answer. */
export interface Part {
  /** The relation, and those whose changes tell of the same rows: its partitions and its partitioned parents. */
  readonly relations: readonly string[];
  /** A row counts only if it may pass all of these. */
  readonly where: readonly ShapeCondition[];
  /** An UPDATE that leaves all of these as they were does not matter. Absent: any column may matter. */
  readonly columns?: readonly string[];
  /** Those of them that matter even if the filter certainly passes both rows, and policies certainly treat them alike. */
  readonly fixed?: readonly string[];
  /** What policies let the reader see. Other rows do not count. */
  readonly visible?: ShapeCondition;
  /** Each condition that policies put on its rows. */
  readonly policies?: readonly ShapeCondition[];
  /** Floating-point columns among `columns` and `fixed`: `-0` and `0` print differently, but not in every row image. */
  readonly floats?: readonly string[];
  /** The relation's `jsonb` columns: SQL's NULL and JSON's look the same in a row image, but not to a filter. */
  readonly jsonb?: readonly string[];
  /** The page of the answer, if the part's rows are the answer's rows. */
  readonly window?: ShapeWindow;
  /** How its rows join rows that the answer shows, and what they do to parents that it does not show. */
  readonly join?: ShapeJoin;
  /** How the answer shows its own rows. */
  readonly shown?: ShapeShown;
  /** What decides whether a row is in the result, and where. Absent: not known. */
  readonly placing?: ShapePlacing;
}

/** The `order`, `limit` and `offset` of the root. */
export interface ShapeWindow {
  /** Absent when the order is not total, or the answer does not show what it sorts by. */
  readonly order?: readonly SortKey[];
  /** The limit's slot. Absent: the page is open-ended. */
  readonly limit?: number;
  /** The offset's slot. */
  readonly offset: number;
  /** The answer also tells how many rows match (`Prefer: count=exact`). */
  readonly counted: boolean;
  /** A row that passes `where` is certainly in the result. Not so with policies, partitions and `!inner`. */
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

/** Where the answer shows values by which rows of a part are recognised. */
export interface ShapeKeys {
  /** Members to descend into, arrays or objects, from the answer's rows to those that show the values. */
  readonly path: readonly string[];
  /**
   * Members of these rows, and the columns of the part's rows that equal them. Empty when the answer does not show them:
   * then it only tells something if it has no such row at all.
   */
  readonly outputs: readonly string[];
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

/** The keys are those of parent rows. */
export interface ShapeJoin extends ShapeKeys {
  /** What a row does to parents that the answer does not show. */
  readonly influence: Influence;
  /** A row admits only the one parent with its key: if that is shown, it has been admitted already. */
  readonly admitsAgain?: true;
}

/**
 * How rows decide whether their parents are in the result: not at all; a row can only bring one in (`!inner`); a row can
 * only take one out (`is.null`); or in some other way.
 */
export type Influence = "none" | "admits" | "expels" | "decides";

/** The keys are those of the part's own rows. */
export interface ShapeShown extends ShapeKeys {
  /** Rows that are not shown come later or not at all. Not so with an offset. */
  readonly fromStart: boolean;
}

export interface ShapePlacing {
  /** An UPDATE that leaves all of these as they were leaves the row where it is, in the result or out of it. */
  readonly columns: readonly string[];
  /** Those of them that matter even if filter and policies certainly treat both rows alike. */
  readonly fixed: readonly string[];
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
  /** A name that `rulesOf` knows; `jsonb`; `_<name>` or `[]<name>` for arrays; or one of the marks below. */
  readonly type: string;
  readonly negated: boolean;
  readonly operator: string;
  readonly quantifier?: "any" | "all";
  readonly slot: number;
}

/** There is no schema: only the value's JSON can tell. */
export const UNTYPED = "";
/** A type that is not understood, but whose `null` in a row image is SQL's NULL. */
export const OPAQUE = "!";
/** A row image tells nothing about the column's value. */
export const HIDDEN = "?";
/** Before the type of an array's elements: row images tell if the array does not begin at 1. */
export const BOUNDED = "[]";
