/** The modelled database's tables. The first two are read with the project's key, the others by who is signed in. */
export type TableName = "items" | "notes" | "posts" | "bookmarks" | "docs" | "memberships";

export interface Row {
  readonly id: number;
  /** Of an item, a post or a bookmark: its owner. Of a note: its item. Of a doc or a membership: its team. */
  readonly of: number;
  /** Different with every write. */
  readonly v: number;
}

/** Committed rows, by table and number. */
export type Rows = Readonly<Record<TableName, ReadonlyMap<number, Row>>>;

/** What DDL and changes of roles can change. */
export interface Definition {
  /** `items` has an extra column. */
  readonly extraColumn: boolean;
  /** A policy hides the items of owner 1. */
  readonly policy: boolean;
  /** An item has at most one note. Once the API knows that, it shows an object instead of a list. */
  readonly unique: boolean;
  /** A post is shown to its owner only, instead of everybody signed in. */
  readonly ownPosts: boolean;
  /** A doc is shown to those whose token names its team, instead of the team's members. */
  readonly docsByClaim: boolean;
  /**
   * How often `authenticated` was made a member of `editor`, or was so no more; odd: it is one now. No event trigger tells
   * of it, only the digest of roles that comes with each pull.
   */
  readonly grants: number;
  /** Posts are shown by a claim, which the description of the schema says without telling which one. */
  readonly opaque: boolean;
  /** The same, and the description does not tell of it: a fault of the analysis. */
  readonly untold: boolean;
}

/** How things are before anything has changed them. */
export const FIRST_DEFINITION: Definition = {
  ...{ extraColumn: false, policy: false, unique: false },
  ...{ ownPosts: false, docsByClaim: false, grants: 0, opaque: false, untold: false },
};

/** `00000000-0000-4000-8000-00000000000n` */
export function userId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** Whose membership it is: its number tells. */
export function memberOf({ id }: Row): number {
  return 2 - (id % 2);
}

/** The row as JSON members, as triggers and PostgREST print it. */
export function membersOf(
  table: TableName,
  row: Row,
  definition: Definition,
): Record<string, number | string | null> {
  const { id, of, v } = row;
  switch (table) {
    case "items":
      return { id, owner: of, v, ...(definition.extraColumn && { extra: null }) };
    case "notes":
      return { id, item: of, v };
    case "posts":
    case "bookmarks":
      return { id, owner: userId(of), v };
    case "docs":
      return { id, team: of, v };
    case "memberships":
      return { id, team: of, member: userId(memberOf(row)), v };
  }
}
