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
  /** The columns by which a row finds its partition, of all its ancestors; empty: an expression decides. Absent: it is none. */
  readonly partitionKey?: readonly string[];
  /** Functions over its rows by name: computed columns, and computed relationships. */
  readonly computed: ReadonlyMap<string, Computed>;
  /** Of a view: its columns, and the columns of tables or views that they show as they are. */
  readonly origins: ReadonlyMap<string, readonly ColumnOrigin[]>;
  /** Media types of its answers that functions of somebody's own make, in lower case: `text/csv`, `*\/*`. */
  readonly handlers: readonly string[];
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
  /** An array whose bounds row images tell. */
  readonly bounded?: true;
  readonly generated: "no" | "stored" | "virtual";
  /** Its text does not depend on the value alone: a type that looks names up, or a cast of somebody's own. */
  readonly caveat?: Caveat;
}

/** A column of a relation, "schema.relation". */
export interface ColumnOrigin {
  readonly relation: string;
  readonly column: string;
}

export interface Computed {
  /** The relation whose rows it returns, which makes it a relationship. */
  readonly target?: string;
  readonly reads: Reads;
}

/**
 * Why an answer counts by its age only: no change of a watched relation tells when it moves.
 *
 * - *clock*: the clock, or chance
 * - *unknown-reads*: a function or a type of somebody's own, whose reads are not known; `dependsOn` may say what it reads
 * - *unwatchable*: what has no changes that anybody tells: a materialized view, a foreign table, a catalogue, a
 *   setting, a sequence, a relation that is not watched
 */
export type CaveatKind = "clock" | "unknown-reads" | "unwatchable";

export interface Caveat {
  readonly kind: CaveatKind;
  /** For people: `public.is_public(integer)`, `pg_catalog.pg_class`, `the clock`. */
  readonly culprit: string;
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly relation: string;
  readonly referenced: readonly string[];
}

export interface RlsPolicy {
  /** As Postgres prints it. */
  readonly using: string;
  /** One of the permissive policies must let a row pass, all of the others must. */
  readonly permissive: boolean;
}

export interface Reads {
  /** "schema.relation" → columns read; the relation itself included. An empty list means all of them. */
  readonly relations: ReadonlyMap<string, readonly string[]>;
  /** The same of functions that these call, the relation itself included where they read more rows of it. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  /** Its policies for reading. Absent for a view. */
  readonly policies?: readonly RlsPolicy[];
  /** Whatever in them is not on the list of what is understood. */
  readonly caveats: readonly Caveat[];
  /** What of the request they read besides the caller's claims: `header cf-ipcountry`, `request.headers`, a function. */
  readonly request: readonly string[];
}
