/**
 * What a database says about its relations, by "schema.relation", and about functions that it was asked about, by
 * "schema.name()". `parseSchema` reads it from `tidemark_schema()`.
 */
export type Schema = ReadonlyMap<string, RelationDescription>;

/** What a database says of one table or view, or of the functions of one name. */
export interface RelationDescription {
  readonly kind: "table" | "partitioned" | "view" | "materialized" | "foreign" | "function";
  readonly columns: ReadonlyMap<string, ColumnDescription>;
  /** Sets of columns that identify a row: unique, immediate, total, all NOT NULL. The primary key comes first. */
  readonly keys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Partitions and inheritance children, on all levels below. */
  readonly descendants: readonly string[];
  /** Partitioned or inheritance parents, on all levels above. */
  readonly ancestors: readonly string[];
  /** Of a partition: the columns by which its ancestors place a row; empty when an expression does. Absent for others. */
  readonly partitionKey?: readonly string[];
  /** Functions over its rows by name: computed columns and computed relationships. */
  readonly computed: ReadonlyMap<string, Computed>;
  /** Of a view: the columns of tables or views that its columns show unchanged. */
  readonly origins: ReadonlyMap<string, readonly ColumnOrigin[]>;
  /** Media types for which a user-defined function makes the answer, in lower case: `text/csv`, `*\/*`. */
  readonly handlers: readonly string[];
  /**
   * What its row-level-security policies or its definition as a view read. Absent when it has neither. Of functions: what
   * any of them reads.
   */
  readonly reads?: Reads;
  /**
   * Row-level security is on. What policies say of a role is only told in that role's own description. Absent: it is off, or
   * not told.
   */
  readonly rowSecurity?: true;
  /** The functions of this name, one or several. Absent for relations. */
  readonly routines?: readonly Routine[];
}

/** What a database says of one function that PostgREST calls (`/rpc/…`). */
export interface Routine {
  /** For people: `public.search_articles(term text)`. */
  readonly signature: string;
  /** PostgREST may call it, and it is none of the kinds whose calls are not understood (procedures, aggregates, polymorphic). */
  readonly isPlain: boolean;
  readonly volatility: "immutable" | "stable" | "volatile";
  /** It reads as its owner, not as the caller. */
  readonly isDefiner: boolean;
  /** What it takes, in order. */
  readonly parameters: readonly RoutineParameter[];
  /** It, or what it runs, may set the status or the headers of the answer. */
  readonly setsResponse: boolean;
  /** Whether Postgres knows what its body reads. If not, only the owner can say. */
  readonly isAnalysed: boolean;
  readonly result: RoutineResult;
}

/** A parameter that callers may give a value. */
export interface RoutineParameter {
  /** Empty: it has none, so PostgREST hands the request's body to it. */
  readonly name: string;
  /** As for columns: `text`, `_int4`, … */
  readonly type: string;
  readonly family: "base" | "enum" | "opaque";
  /** It has no default. */
  readonly isRequired: boolean;
}

/** What a function returns: one value or row, or a set of them. */
export interface RoutineResult {
  readonly isSet: boolean;
  /** The relation whose rows it returns, "schema.relation". Null: they are no relation's. */
  readonly relation: string | null;
  /** The columns of rows that are no relation's; of values none. */
  readonly columns: ReadonlyMap<string, ColumnDescription>;
  /** Its text depends on more than the value. */
  readonly caveat?: Caveat;
}

/** What a database says of one column. */
export interface ColumnDescription {
  /** `pg_type.typname`, a domain resolved to its base: `int4`, `text`, `_text` (array), `timestamptz`, … */
  readonly type: string;
  /** *base*: a built-in type or an array of one; *enum*: an enum or an array of one; *opaque*: domains and all others. */
  readonly family: "base" | "enum" | "opaque";
  readonly notNull: boolean;
  /** The collation: equal texts have equal bytes, and ASCII letters change case as in English. */
  readonly plainCollation: boolean;
  /**
   * Equal JSON in two row images means equal output. Not so for `json`, whose spaces a row image drops, and for types that
   * may hold it.
   */
  readonly exact: boolean;
  /** It is an array, and row images tell its bounds. */
  readonly bounded?: true;
  readonly generated: "no" | "stored" | "virtual";
  /** Its text depends on more than the value: the type looks names up, or has a user-defined cast. */
  readonly caveat?: Caveat;
}

/** A column of a relation, "schema.relation". */
export interface ColumnOrigin {
  readonly relation: string;
  readonly column: string;
}

/** What a database says of a function over a relation's rows. */
export interface Computed {
  /** The relation whose rows it returns: then it is a relationship. */
  readonly target?: string;
  readonly reads: Reads;
}

/**
 * Why an answer counts by its age only: no change of a watched relation tells when it moves.
 *
 * - *clock*: it depends on the clock, or on chance
 * - *unknown-reads*: it uses a user-defined function or type that cannot be looked into; `dependsOn` may say what it reads
 * - *unwatchable*: it depends on something that reports no changes: a materialized view, a foreign table, a catalog, a
 *   setting, a sequence, a relation that is not watched
 */
export type CaveatKind = "clock" | "unknown-reads" | "unwatchable";

/** Why an answer counts by its age only, and not by changes. */
export interface Caveat {
  readonly kind: CaveatKind;
  /** For people: `public.is_public(integer)`, `pg_catalog.pg_class`, `the clock`. */
  readonly culprit: string;
}

/** A foreign key, from `columns` to those of another relation. */
export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly relation: string;
  readonly referenced: readonly string[];
}

/** A row-level security policy for reading. */
export interface RlsPolicy {
  /** The USING expression as Postgres prints it. */
  readonly using: string;
  /** At least one permissive policy has to let a row pass, and so do all others. */
  readonly permissive: boolean;
  /** It is certainly for the role that reads. Others may be for owners of views and functions. */
  readonly bindsReader?: boolean;
}

/** What the definition of a policy, view or function reads. */
export interface Reads {
  /** "schema.relation" → the columns read, the relation itself included. An empty list means all of its columns. */
  readonly relations: ReadonlyMap<string, readonly string[]>;
  /** The same for functions that these call. The relation itself is included if they read further rows of it. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  /** Its policies for reading. Absent for a view. */
  readonly policies?: readonly RlsPolicy[];
  /** Whatever in them is not on the lists of what is understood. */
  readonly caveats: readonly Caveat[];
  /** What they read of the request, besides the caller's claims: `header cf-ipcountry`, `request.headers`, a function. */
  readonly request: readonly string[];
  /** Everything in them that reads the caller's claims. */
  readonly claims: readonly ClaimSource[];
  /** The functions behind `calls`, if their bodies tell all that these read, and they run only where they are named. */
  readonly helpers?: readonly Helper[];
}

/** A function whose body is known. No other has its name. */
export interface Helper {
  /** "schema.name" */
  readonly name: string;
  /** The names of its parameters, empty where they have none. */
  readonly parameters: readonly string[];
  /** As Postgres prints it, with nothing but `pg_catalog` in the search path. */
  readonly body: string;
}

/** A policy, a view, a check or a function that reads the claims of the caller's token. */
export interface ClaimSource {
  /** For people: `policy own on public.bookmarks`. Of a function its signature, `public.is_member(team integer)`. */
  readonly culprit: string;
  /** Its SQL as Postgres prints it, with nothing but `pg_catalog` in the search path. Empty: not all of it is known. */
  readonly text: string;
  /** How often its query tree reads claims: a reading of `text` that accounts for fewer has missed some. */
  readonly readers: number;
  /** The functions by which it reads them, by their names in `text` (`auth.uid`), with their bodies. */
  readonly functions: ReadonlyMap<string, string>;
}
