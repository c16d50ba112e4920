import type { Caveat } from "../schema/schema.ts";

/** What the owner's configuration declares, and nothing can check. */
export interface Declared {
  /**
   * "schema.table", or "schema.function()" → further relations that its answers depend on. An entry, even an empty list, also declares that
   * functions which cannot be looked into read nothing else: no clock, and nothing of the request.
   */
  readonly dependsOn: ReadonlyMap<string, readonly string[]>;
  /**
   * "schema.function()" → relations of its `dependsOn` → which of their rows it reads: a query string of filters, with
   * arguments in braces.
   */
  readonly rows?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The configured tables, "schema.table". */
  readonly tables: ReadonlySet<string>;
  /** The reading role owns no table and does not bypass policies, like Supabase's `anon`: rows they hide do not count. */
  readonly obeysPolicies?: boolean;
  /** Request headers that are part of a read's key, in lower case: policies may read these. */
  readonly keyedHeaders?: ReadonlySet<string>;
}

/** What a query depends on; docs/design/verdicts.md. Plain JSON, as it is stored and sent. */
export interface Footprint {
  /** Every relation whose changes may touch the answer: "schema.table", sorted, no duplicates. */
  readonly relations: readonly string[];
  /** Why changes alone do not prove the answer. If there are any, it counts by its age only. Sorted, no duplicates. */
  readonly caveats: readonly Caveat[];
  /** JSON of a `Shape`, the same text for queries that differ only in their literals. */
  readonly shape: string;
  readonly literals: readonly string[];
}

/**
 * Why a read is not cached: what it reads is not known, or its answer may differ between callers of one audience; or, of a read
 * by a function, it is not certain which one is called, or it may do more than read.
 */
export type FootprintBypass =
  | "unknown-embed"
  | "reads-request"
  | "function-unknown"
  | "ambiguous-function"
  | "volatile-function"
  | "sets-response";

/** What a read depends on, or why it is not cached. */
export type FootprintResult = { readonly footprint: Footprint } | { readonly bypass: FootprintBypass };
