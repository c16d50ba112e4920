import type { Caveat } from "../schema/schema.ts";

/** What the owner's configuration vouches for. */
export interface Declared {
  /**
   * relation "schema.table" → further relations that its answers depend on. Present, if only as an empty list, it
   * also says that functions which nobody can look into read nothing else: no clock, and nothing of the request.
   */
  readonly dependsOn: ReadonlyMap<string, readonly string[]>;
  /** the configured tables, "schema.table" */
  readonly tables: ReadonlySet<string>;
  /** The role that reads owns no table and does not bypass policies, as Supabase's `anon`: rows that they hide are hidden. */
  readonly obeysPolicies?: boolean;
  /** Request headers, in lower case, that are part of a read's key: policies may read these. */
  readonly keyedHeaders?: ReadonlySet<string>;
}

/** What a query depends on. Plain JSON: it is stored and sent. */
export interface Footprint {
  /** Every relation whose flush touches the query: "schema.table", sorted, no duplicates. */
  readonly relations: readonly string[];
  /** Not empty: the answer counts by its age only. Sorted, no duplicates. */
  readonly caveats: readonly Caveat[];
  /** JSON of a `Shape`: equal texts for queries that differ in their literals only. */
  readonly shape: string;
  readonly literals: readonly string[];
}

/** Why a read is not cached at all: what it reads cannot be told, or differs between callers of one audience. */
export type FootprintBypass = "unknown-embed" | "reads-request";

export type FootprintResult = { readonly footprint: Footprint } | { readonly bypass: FootprintBypass };
