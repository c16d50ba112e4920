/**
 * The typed tree of a PostgREST read, after the grammar of PostgREST's `QueryParams.hs`. What the grammar resolves (the
 * defaults of `order`, `*` for `%` in `like`) is resolved here too, so that equal trees mean equal queries.
 */
export interface Query {
  readonly relation: string;
  readonly root: Level;
}

/** One relation of a query, the root or an embed, with everything that the query string says about it. */
export interface Level {
  /** Embeds stand in the order in which PostgREST answers them: those that parameters address come first. */
  readonly select: readonly SelectItem[];
  /** All of these must hold. */
  readonly where: readonly Condition[];
  readonly order: readonly OrderTerm[];
  readonly limit?: number;
  readonly offset: number;
  /** Of an embed: `offset=0` or `limit=` was given, which asks for nothing, but moves the embed. */
  readonly ranged?: true;
}

/** One item of `select`. */
export type SelectItem = StarItem | ColumnItem | EmbedItem;

/** `*` */
export interface StarItem {
  readonly kind: "star";
}

/** An aggregate function that PostgREST knows. */
export type Aggregate = "sum" | "avg" | "count" | "max" | "min";

/** `alias:column->path::cast.aggregate()::aggregateCast`; `count()` has no field. */
export interface ColumnItem {
  readonly kind: "column";
  readonly field?: Field;
  readonly alias?: string;
  readonly cast?: string;
  readonly aggregate?: Aggregate;
  readonly aggregateCast?: string;
}

/** `alias:relation!hint!inner(…)`, or `...relation(…)` */
export interface EmbedItem {
  readonly kind: "embed";
  readonly relation: string;
  readonly spread: boolean;
  readonly inner: boolean;
  readonly alias?: string;
  readonly hint?: string;
  readonly level: Level;
}

/** A column, or a path into one. */
export interface Field {
  readonly column: string;
  readonly path: readonly PathStep[];
}

/** `->` or `->>` (text), then a key or an array index: decimal digits, perhaps after a minus. */
export interface PathStep {
  readonly text: boolean;
  readonly key?: string;
  readonly index?: string;
}

/** A filter, or conditions joined by `and` or `or`. */
export type Condition = Filter | Logic;

/** Conditions of which all (`and`) or one (`or`) must hold, maybe negated. */
export interface Logic {
  readonly kind: "and" | "or";
  readonly negated: boolean;
  readonly conditions: readonly Condition[];
}

/** One test of one field, such as `age=gte.18`. */
export interface Filter {
  readonly kind: "filter";
  readonly field: Field;
  readonly negated: boolean;
  readonly test: Test;
}

/** An operator that can take `(any)` or `(all)`. */
export type QuantifiedOperator = "eq" | "gte" | "gt" | "lte" | "lt" | "like" | "ilike" | "match" | "imatch";
/** An operator that takes one value, and no quantifier. */
export type SimpleOperator = "neq" | "cs" | "cd" | "ov" | "sl" | "sr" | "nxr" | "nxl" | "adj";
/** An operator of full-text search. */
export type FullTextOperator = "fts" | "plfts" | "phfts" | "wfts";
/** What `is` can compare with. */
export type IsValue = "null" | "not_null" | "true" | "false" | "unknown";

/** What a filter asks of its field. */
export type Test =
  /** `value` is an array literal when quantified; `like` and `ilike` hold `%`, not `*`. */
  | { readonly operator: QuantifiedOperator; readonly quantifier?: "any" | "all"; readonly value: string }
  | { readonly operator: SimpleOperator | "isdistinct"; readonly value: string }
  | { readonly operator: FullTextOperator; readonly language?: string; readonly value: string }
  | { readonly operator: "in"; readonly values: readonly string[] }
  | { readonly operator: "is"; readonly value: IsValue };

/** One term of `order`. */
export interface OrderTerm {
  /** Order by a column of this to-one embed (its alias, or else its name). */
  readonly embed?: string;
  readonly field: Field;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
