import type { RowMap } from "../../rows/row-map.ts";
import { Pass } from "./pass-through.ts";
import type { ReadStatement } from "./read-statement.ts";
import { asciiLower, type DialectName, type Simple } from "./token.ts";
import type { WrittenRelation } from "./walk.ts";

/** What is known of a database besides the keeper's map. */
export interface Catalogue {
  /** Which database this is, as the map's calls itself. Without this it is not the map's, if that says whose it is. */
  readonly database?: string | undefined;
  /**
   * The query of a view, by the view's full name; `undefined`: it is not known, so that the view cannot be read. Without
   * this, the map knows what views read, and that this is all that they depend on.
   */
  viewQuery?(view: string): ReadStatement | undefined;
  /** The relation that a name without a schema means, by its full name. Without this: any that the map knows. */
  readonly visible?: ReadonlyMap<string, string>;
  /** Functions that somebody made, which may have another's name. */
  readonly functions?: ReadonlySet<string>;
  /** Operators that somebody made, which may have another's name. */
  readonly operators?: ReadonlySet<string>;
  /** Types that may run what somebody made, though no statement calls it. */
  readonly oddTypes?: OddTypes;
  /** Tables with row-level security that hides nothing from whoever asks. */
  readonly unguarded?: ReadonlySet<string>;
}

interface OddTypes {
  /** One of the database's own is among them, and so anything may be. */
  readonly all: boolean;
  readonly names: ReadonlySet<string>;
  /** Tables and views that have such a column, by their full names, and its type. */
  readonly relations: ReadonlyMap<string, string>;
}

/** Which tables a statement reads. The names of a map, as they are looked up, are made once for each map. */
export class KnownRelations {
  readonly map: RowMap;
  readonly #dialect: DialectName;
  readonly #catalogue: Catalogue;
  readonly #unwatched: ReadonlySet<string>;
  /** Full names by folded full names. */
  readonly #exact = new Map<string, string>();
  /** Full names by names without a schema: folded, as a statement's relation is looked up. */
  readonly #bare = new Map<string, string[]>();
  /** Full names by names without a schema in lower case: any that a token could mean. */
  readonly #mentioned = new Map<string, string[]>();

  constructor(map: RowMap, dialect: DialectName, catalogue: Catalogue) {
    this.map = map;
    this.#dialect = dialect;
    this.#catalogue = catalogue;
    this.#unwatched = new Set(map.unwatched);
    for (const name of [...Object.keys(map.tables), ...Object.keys(map.views), ...map.unwatched]) {
      const bare = name.slice(name.indexOf(".") + 1);
      this.#exact.set(this.#folded(name), name);
      add(this.#bare, this.#folded(bare), name);
      add(this.#mentioned, bare.toLowerCase(), name);
    }
  }

  /**
   * The full names of all tables that a statement reads: those of its relations, and of whatever else has the name of
   * one. What stands behind views is among them.
   *
   * @throws Pass when one is not watched, or not known, and when the map is of another database
   */
  tablesOf(statement: ReadStatement): ReadonlySet<string> {
    const { database } = this.map;
    if (database !== undefined && database !== this.#catalogue.database) throw new Pass("other-database");
    const tables = new Set<string>();
    this.#collect(statement, tables, new Set());
    if (tables.size === 0) throw new Pass("no-table");
    return tables;
  }

  /** The full name of the one table that this relation is; `undefined` for a view, or several. */
  tableOf(relation: WrittenRelation): string | undefined {
    const [name, ...others] = this.#meant(relation);
    return name !== undefined && others.length === 0 && Object.hasOwn(this.map.tables, name)
      ? name
      : undefined;
  }

  #collect(statement: ReadStatement, tables: Set<string>, views: Set<string>): void {
    const read: string[] = [];
    for (const relation of statement.relations) {
      const meant = this.#meant(relation);
      if (meant.length === 0) throw new Pass("unknown-table", written(relation));
      read.push(...meant);
    }
    for (const mention of statement.mentioned) {
      // Where a relation stands, one that is not watched has been refused. Elsewhere the word is a column or an alias.
      read.push(...(this.#mentioned.get(mention) ?? []).filter((name) => !this.#unwatched.has(name)));
    }
    for (const name of read) this.#add(name, tables, views);
    this.#mayCall(statement, tables);
    this.#mayCast(statement);
    this.#mayTrust(statement);
  }

  #mayCast({ types }: ReadStatement): void {
    const { oddTypes } = this.#catalogue;
    if (oddTypes?.all) throw new Pass("unknown-type", "one of the database's own");
    for (const name of types) if (oddTypes?.names.has(name)) throw new Pass("unknown-type", name);
  }

  /** What is promised of columns does not hold for what a query or a function makes, and names like one. */
  #mayTrust({ storedTimes, queries, sources, relations }: ReadStatement): void {
    if (storedTimes.size === 0) return;
    const read = relations.map((relation) => this.map.tables[this.tableOf(relation) ?? ""]);
    const isOfTables = queries === 1 && sources === relations.length && !read.includes(undefined);
    const columns = new Set(read.flatMap((table) => table?.columns ?? []).map((name) => this.#folded(name)));
    const made = [...storedTimes].find((name) => !isOfTables || !columns.has(this.#folded(name)));
    if (made !== undefined) throw new Pass("time", `${made}, which may hold 'now'`);
  }

  #add(name: string, tables: Set<string>, views: Set<string>, view?: string): void {
    if (views.has(name)) return;
    const odd = this.#catalogue.oddTypes?.relations.get(name);
    if (odd !== undefined) throw new Pass("unknown-type", `${odd} in ${name}`);
    const table = Object.hasOwn(this.map.tables, name) ? this.map.tables[name] : undefined;
    if (table !== undefined) {
      // Behind a view, it is its owner who reads.
      const isGuarded = table.rowSecurity && (view !== undefined || !this.#catalogue.unguarded?.has(name));
      if (isGuarded) throw new Pass("row-security", name);
      if (tables.has(name)) return;
      tables.add(name);
      for (const relative of table.relatives ?? []) this.#add(relative, tables, views, view);
    } else if (Object.hasOwn(this.map.views, name)) this.#addView(name, tables, views);
    else throw new Pass(this.#unwatched.has(name) ? "unwatched-table" : "unknown-table", name);
  }

  #addView(name: string, tables: Set<string>, views: Set<string>): void {
    views.add(name);
    const { viewQuery } = this.#catalogue;
    const query = viewQuery?.(name);
    if (viewQuery !== undefined && query === undefined) throw new Pass("unknown-table", name);
    for (const read of this.map.views[name] ?? []) this.#add(read, tables, views, name);
    if (query !== undefined) this.#collect(query, tables, views);
  }

  /** A function that somebody made is called by its name, or as if it were a column. */
  #mayCall(statement: ReadStatement, tables: ReadonlySet<string>): void {
    const { called, fields } = statement;
    for (const name of this.#catalogue.operators ?? []) {
      // Contained counts: Postgres takes `+-1` for `+` and `-1`.
      const isWritten = [...statement.operators].some((each) => each.includes(name));
      if (isWritten || BEHIND_WORDS.has(name)) throw new Pass("unknown-function", `operator ${name}`);
    }
    const { functions } = this.#catalogue;
    if (functions === undefined) return;
    for (const name of called) if (functions.has(name)) throw new Pass("unknown-function", name);
    for (const name of fields) {
      if (!functions.has(name)) continue;
      const isColumn = [...tables].every((table) => this.map.tables[table]?.columns?.includes(name));
      if (!isColumn) throw new Pass("unknown-function", name);
    }
  }

  /** What a relation may be; nothing when it is not known. */
  #meant({ path }: WrittenRelation): readonly string[] {
    const names = path.map((name) => this.#name(name));
    const [first = "", second, third] = names;
    if (third !== undefined) return [];
    if (second !== undefined) {
      const found = this.#exact.get(`${first}.${second}`);
      return found === undefined ? [] : [found];
    }
    const { visible } = this.#catalogue;
    if (visible === undefined) return this.#bare.get(first) ?? [];
    const found = this.#exact.get(visible.get(first) ?? "");
    return found === undefined ? [] : [found];
  }

  #name({ kind, text, lower }: Simple): string {
    return this.#dialect === "postgres" && kind === "word" ? lower : this.#folded(text);
  }

  #folded(name: string): string {
    return this.#dialect === "sqlite" ? asciiLower(name) : name;
  }
}

/** Operators that words stand for: `IN`, `BETWEEN`, `LIKE`, `USING`, `DISTINCT`, `ORDER BY`. */
const BEHIND_WORDS: ReadonlySet<string> = new Set(
  ["=", "<>", "<", "<=", ">", ">="].concat("~~", "!~~", "~~*", "!~~*", "~", "!~"),
);

const written = ({ path }: WrittenRelation) => path.map(({ text }) => text).join(".");

function add(names: Map<string, string[]>, key: string, name: string): void {
  const list = names.get(key);
  if (list === undefined) names.set(key, [name]);
  else list.push(name);
}
