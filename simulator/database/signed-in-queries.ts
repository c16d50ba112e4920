import { PEOPLE, type Person } from "./people.ts";
import { type Definition, memberOf, membersOf, type Row, type Rows, type TableName } from "./rows.ts";

/** A read of those who sign in, and the database's answer to each of them. */
export interface SignedInQuery {
  /** Of its URL, after `/rest/v1/`: canonical, as the keeper asks for it, too. */
  readonly search: string;
  readonly answer: (rows: Rows, definition: Definition, person: Person) => unknown;
}

type SignedInTable = Exclude<TableName, "items" | "notes">;

export const SIGNED_IN_TABLES: readonly SignedInTable[] = ["posts", "bookmarks", "docs", "memberships"];

/** For everybody or the owner; for the owner or a role; by a lookup or a claim; of one row; of what the lookup reads. */
export const SIGNED_IN_QUERIES: readonly SignedInQuery[] = [
  query("posts", ["id", "v"]),
  query("bookmarks", ["id", "v"]),
  query("docs", ["id", "v"]),
  query("docs", ["id", "team"], 1),
  query("memberships", ["id", "team", "v"]),
  query("bookmarks", ["id", "owner", "v"], 1),
  query("posts", ["id", "v"], 1),
];

/** Each person's answer to each query has a number of its own. */
export function answerNumber(query: number, person: number): number {
  return query * PEOPLE.length + person;
}

/** By these numbers. */
export const SIGNED_IN_ANSWERS = SIGNED_IN_QUERIES.flatMap(({ answer }) =>
  PEOPLE.map((person) => ({
    answer: (rows: Rows, definition: Definition) => answer(rows, definition, person),
  })),
);

function query(table: SignedInTable, columns: readonly string[], id?: number): SignedInQuery {
  const filter = id === undefined ? "" : `&id=eq.${id}`;
  return {
    search: `${table}?select=${columns.join(",")}${filter}`,
    answer: (rows, definition, person) =>
      [...rows[table].values()]
        .filter((row) => id === undefined || row.id === id)
        .filter((row) => isVisible(table, row, rows, definition, person))
        .sort((a, b) => a.id - b.id)
        .map((row) => {
          const members = membersOf(table, row, definition);
          return Object.fromEntries(columns.map((name) => [name, members[name]]));
        }),
  };
}

/** The policies that `signed-in-schema.ts` describes. */
function isVisible(
  table: SignedInTable,
  row: Row,
  rows: Rows,
  { ownPosts, docsByClaim, grants, opaque, untold }: Definition,
  { role, user, team }: Person,
): boolean {
  switch (table) {
    case "posts":
      return (!ownPosts || row.of === user) && (!(opaque || untold) || row.of === team);
    case "bookmarks":
      return role === "editor" || grants % 2 === 1 || row.of === user;
    case "docs":
      if (docsByClaim) return row.of === team;
      return [...rows.memberships.values()].some((each) => each.of === row.of && memberOf(each) === user);
    case "memberships":
      return memberOf(row) === user;
  }
}
