import type { PathStep } from "../query/query.ts";

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
  /** Those that matter even if the filter surely lets both rows pass, and policies surely say the same of both. */
  readonly fixed?: readonly string[];
  /** What policies let the reader see: other rows do not matter. */
  readonly visible?: ShapeCondition;
  /** What policies ask of its rows, one by one. */
  readonly policies?: readonly ShapeCondition[];
  /** Those of both that are floating-point: `-0` and `0` print differently, but not in every row image. */
  readonly floats?: readonly string[];
  /** The relation's `jsonb` columns: SQL's NULL and JSON's are one `null` in a row image, but not to a filter. */
  readonly jsonb?: readonly string[];
  /** Its rows are the answer's rows: their page. */
  readonly window?: ShapeWindow;
  /** How its rows join rows that the answer shows, and what they do to those that it does not. */
  readonly join?: ShapeJoin;
  /** How the answer shows its own rows. */
  readonly shown?: ShapeShown;
  /** What decides whether a row is there, and where. Absent: not known. */
  readonly placing?: ShapePlacing;
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

/** Where the answer shows values that rows of a part have too. */
export interface ShapeKeys {
  /** From the answer's rows to the rows that show them: members to descend into, arrays or objects. */
  readonly path: readonly string[];
  /**
   * Members of these rows, and the columns of the part's rows that equal them. None when they are not shown: then
   * only an answer without any such row tells something.
   */
  readonly outputs: readonly string[];
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

/** The keys are those of the parent's rows. */
export interface ShapeJoin extends ShapeKeys {
  /** What a row does to a parent that the answer does not show. */
  readonly influence: Influence;
  /** A row only admits the one parent that has its keys: one that is shown has been admitted already. */
  readonly admitsAgain?: true;
}

/**
 * What rows do to their parents being there: nothing; more of them only admit parents (`!inner`); more of them only
 * expel parents (`is.null`); or something less simple.
 */
export type Influence = "none" | "admits" | "expels" | "decides";

/** The keys are those of the part's own rows. */
export interface ShapeShown extends ShapeKeys {
  /** Rows that are not shown come later or not at all; not so behind an offset. */
  readonly fromStart: boolean;
}

export interface ShapePlacing {
  /** An UPDATE that leaves all of these as they were leaves the row in or out, and where it is. */
  readonly columns: readonly string[];
  /** Those of them that matter even if filter and policies surely say the same of both rows. */
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
  /** A name that `rulesOf` knows, `jsonb`, `_<name>` or `[]<name>` (arrays); or one of the marks below. */
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
/** Before the type of an array's elements: row images show where it begins, if not at 1. */
export const BOUNDED = "[]";
