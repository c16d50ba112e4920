import { describe, expect, test } from "vitest";
import type { FollowedTable, RowMap } from "../../rows/row-map.ts";
import { outlineOf, planOf } from "./plan.ts";
import { readStatement } from "./read-statement.ts";
import { type Catalogue, KnownRelations } from "./relations.ts";
import { BOTH, POSTGRES, SQLITE } from "./testing/cases.ts";
import type { DialectName } from "./token.ts";

const TABLES = {
  posts: { columns: ["id", "author_id", "title", "created_at"], followed: ["id", "author_id"] },
  authors: { columns: ["id", "name"], followed: ["id"] },
  Tags: { columns: ["id", "label"], followed: ["id"] },
};

const VIEWS: Readonly<Record<string, string>> = {
  recent: "SELECT p.id, a.name FROM posts p JOIN authors a ON a.id = p.author_id",
  nested: "SELECT * FROM recent",
  moving: "SELECT * FROM posts WHERE created_at > date('now')",
  aside: "SELECT * FROM secrets",
};

function mapOf(schema: string, known: Readonly<Record<string, FollowedTable>> = TABLES): RowMap {
  const full = (name: string) => `${schema}.${name}`;
  return {
    tables: Object.fromEntries(Object.entries(known).map(([name, table]) => [full(name), table])),
    unwatched: [full("secrets")],
    views: {
      [full("recent")]: [full("posts"), full("authors")],
      [full("nested")]: [full("posts"), full("authors")],
      [full("moving")]: [full("posts")],
      [full("aside")]: [full("secrets")],
      [full("unseen")]: [full("posts")],
    },
    schemas: [schema],
  };
}

function explained(
  dialect: DialectName,
  sql: string,
  parameters: readonly unknown[] = [],
  more: { [Name in keyof Catalogue]?: Catalogue[Name] | undefined } = {},
  map: RowMap = mapOf(dialect === "sqlite" ? "main" : "public"),
) {
  const catalogue = {
    viewQuery(view: string) {
      const query = VIEWS[view.slice(view.indexOf(".") + 1)];
      const statement = query === undefined ? undefined : readStatement(query, dialect);
      return statement?.kind === "read" ? statement : undefined;
    },
    ...more,
  } as Catalogue;
  const relations = new KnownRelations(map, dialect, catalogue);
  const plan = planOf(outlineOf(readStatement(sql, dialect), relations), parameters);
  if (plan.kind === "pass") return plan.reason;
  const bare = plan.tables.map((name) => name.slice(name.indexOf(".") + 1)).sort();
  return plan.where === undefined ? bare.join(" ") : { [bare.join(" ")]: plan.where };
}

describe.each([
  ["sqlite", [...BOTH, ...SQLITE]],
  ["postgres", [...BOTH, ...POSTGRES]],
] as const)("What a statement of %s reads", (dialect, cases) => {
  for (const [sql, expected, parameters] of cases) {
    test(sql, () => expect(explained(dialect, sql, parameters)).toEqual(expected));
  }
});

describe("What is known of a Postgres", () => {
  const explain = (sql: string, catalogue: Parameters<typeof explained>[3]) =>
    explained("postgres", sql, [], catalogue);

  test("A name means what the search path says, and nothing else", () => {
    const visible = new Map([["posts", "other.posts"]]);
    expect(explain("SELECT * FROM posts", { visible })).toBe("unknown-table");
    expect(explain("SELECT * FROM public.posts", { visible })).toBe("posts");
  });

  test("A function that somebody made is not called, not as a column either", () => {
    const functions = new Set(["lower", "author_name", "title"]);
    expect(explain("SELECT lower(title) FROM posts", { functions })).toBe("unknown-function");
    const timetz = { functions: new Set(["timezone"]) };
    expect(explain("SELECT created_at AT TIME ZONE 'UTC' FROM posts", timetz)).toBe("unknown-function");
    expect(explain("SELECT posts.author_name FROM posts", { functions })).toBe("unknown-function");
    expect(explain("SELECT (p).author_name FROM posts p", { functions })).toBe("unknown-function");
    expect(explain("SELECT posts.title FROM posts", { functions })).toBe("posts");
  });

  test("A table is read with its relatives", () => {
    const withRelatives = (...relatives: string[]) => ({ posts: { ...TABLES.posts, relatives } });
    const map = (relative: string) => mapOf("public", { ...TABLES, ...withRelatives(relative) });
    const sql = "SELECT * FROM posts WHERE id = 1";
    expect(explained("postgres", sql, [], {}, map("public.Tags"))).toBe("Tags posts");
    expect(explained("postgres", sql, [], {}, map("public.secrets"))).toBe("unwatched-table");
    expect(explained("postgres", sql, [], {}, map("public.leaf"))).toBe("unknown-table");
  });

  test("A table that policies guard is read only where they hide nothing, and never through a view", () => {
    const map = mapOf("public", { ...TABLES, authors: { ...TABLES.authors, rowSecurity: true } });
    const unguarded = new Set(["public.authors"]);
    expect(explained("postgres", "SELECT * FROM authors", [], {}, map)).toBe("row-security");
    expect(explained("postgres", "SELECT * FROM recent", [], {}, map)).toBe("row-security");
    expect(explained("postgres", "SELECT * FROM authors", [], { unguarded }, map)).toBe("authors");
  });

  test("Without a catalogue, a view reads what the map says", () => {
    expect(explain("SELECT * FROM moving", { viewQuery: undefined })).toBe("posts");
    expect(explain("SELECT * FROM unseen", { viewQuery: undefined })).toBe("posts");
    expect(explain("SELECT * FROM aside", { viewQuery: undefined })).toBe("unwatched-table");
  });
});
