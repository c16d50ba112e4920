/** What a keeper hears of a database: its tables, and the columns by whose values it tells rows apart (R2). */
export interface RowMap {
  /**
   * Which database this is of, as it calls itself: a driver refuses to cache what it reads from another one. Absent: it
   * cannot be told.
   */
  readonly database?: string;
  /** Tables whose every change is told, by their full names: `public.posts`, on SQLite `main.posts`. */
  readonly tables: Readonly<Record<string, FollowedTable>>;
  /** Tables that are there, and whose changes are not told, or not all: never followed, or made anew without our triggers. */
  readonly unwatched: readonly string[];
  /** The tables that a view reads, through other views as well, both by their full names. */
  readonly views: Readonly<Record<string, readonly string[]>>;
  /** The schemas in which a name without one is looked for, in this order. */
  readonly schemas: readonly string[];
}

/** What is told of the rows of one table. */
export interface FollowedTable {
  /** Null: they are not known. */
  readonly columns: readonly string[] | null;
  /** Those of the columns whose values are told with each change. The primary key's are among them. */
  readonly followed: readonly string[];
  /** Other tables whose statements change its rows, or are changed by its own: partitions, parents, children. */
  readonly relatives?: readonly string[];
  /** Row-level security is on: what a reader sees of it may depend on who they are, and on other tables. */
  readonly rowSecurity?: true;
}

/**
 * The full name of a table or view that somebody writes with or without its schema.
 *
 * @returns undefined when there is none
 */
export function fullName(map: RowMap, written: string): string | undefined {
  const isKnown = (name: string) =>
    Object.hasOwn(map.tables, name) || Object.hasOwn(map.views, name) || map.unwatched.includes(name);
  if (written.includes(".") && isKnown(written)) return written;
  return map.schemas.map((schema) => `${schema}.${written}`).find(isKnown);
}
