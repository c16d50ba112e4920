/** What a database says of its relations, keyed by "schema.relation". Made by `parseSchema` from `tidemark_schema()`. */
export type Schema = ReadonlyMap<string, RelationDescription>;

export interface RelationDescription {
  readonly kind: "table" | "partitioned" | "view" | "materialized" | "foreign";
  readonly columns: ReadonlyMap<string, ColumnDescription>;
  /** Column sets that identify a row: unique, immediate, total, every column not null. The primary key first. */
  readonly keys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Partitions and inheritance children, all levels down. */
  readonly descendants: readonly string[];
  /** Partitioned or inheritance parents, all levels up. */
  readonly ancestors: readonly string[];
  /** Functions over its rows: computed columns and computed relationships. */
  readonly computed: readonly string[];
  /** What row-level-security policies or a view definition read; absent when there is none. */
  readonly reads?: Reads;
}

export interface ColumnDescription {
  /** `pg_type.typname`, a domain resolved to its base: `int4`, `text`, `_text` (array), `timestamptz`, … */
  readonly type: string;
  /** `base`: one of Postgres' own types, or an array of it; `enum` likewise; `opaque`: domains and all others. */
  readonly family: "base" | "enum" | "opaque";
  readonly notNull: boolean;
  /** Equal texts have equal bytes, and ASCII letters change case as in English. */
  readonly plainCollation: boolean;
  /**
   * Equal JSON in two row images means equal output. Not so for `json`, whose spaces `jsonb` drops, and for
   * what may hold it.
   */
  readonly exact: boolean;
  readonly generated: "no" | "stored" | "virtual";
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly relation: string;
  readonly referenced: readonly string[];
  /** Every row obeys it, those before it too. */
  readonly validated: boolean;
}

export interface Policy {
  /** As Postgres prints it. */
  readonly using: string;
  /** One of the permissive policies must let a row pass, all of the others must. */
  readonly permissive: boolean;
}

export interface Reads {
  /** "schema.relation" → columns read; the relation itself included. An empty list means all of them. */
  readonly relations: ReadonlyMap<string, readonly string[]>;
  /** Its policies for reading. Absent for a view. */
  readonly policies?: readonly Policy[];
  /** A function, or something else, whose reads are not known. */
  readonly opaque: boolean;
  /** The clock, or another thing that moves without a change. */
  readonly volatile: boolean;
}
