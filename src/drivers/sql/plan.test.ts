import { describe, expect, test } from "vitest";
import type { FollowedTable, RowMap } from "../../rows/row-map.ts";
import { outlineOf, planOf } from "./plan.ts";
import { type ReadOptions, readStatement } from "./read-statement.ts";
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
  options: ReadOptions = {},
) {
  const catalogue = {
    viewQuery(view: string) {
      const query = VIEWS[view.slice(view.indexOf(".") + 1)];
      const statement = query === undefined ? undefined : readStatement(query, dialect, options);
      return statement?.kind === "read" ? statement : undefined;
    },
    ...more,
  } as Catalogue;
  const relations = new KnownRelations(map, dialect, catalogue);
  const plan = planOf(outlineOf(readStatement(sql, dialect, options), relations), parameters);
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

describe("A promise that no column holds a word for the present time", () => {
  const posts = { ...TABLES.posts, columns: [...TABLES.posts.columns, "value"] };
  const promised = (dialect: DialectName, sql: string, parameters: readonly unknown[] = []) => {
    const map = mapOf(dialect === "sqlite" ? "main" : "public", { ...TABLES, posts });
    return explained(dialect, sql, parameters, {}, map, { trustStoredTimes: true });
  };

  test.each([
    ["SELECT date(created_at), datetime(p.created_at) FROM posts p", "posts"],
    ["SELECT date(main.posts.created_at, '+1 day') FROM posts JOIN authors ON true", "authors posts"],
    ['SELECT id FROM posts WHERE "created_at" <= datetime([created_at])', "posts"],
    ["SELECT id FROM posts WHERE created_at <= datetime(?)", "posts", ["2026-01-01"]],
    ["SELECT id FROM posts WHERE created_at <= datetime(?)", "time", ["now"]],
    ["SELECT id FROM posts WHERE created_at <= datetime('now')", "time"],
    ['SELECT id FROM posts WHERE created_at <= datetime("now")', "time"],
    ["SELECT id FROM posts WHERE created_at <= datetime(x'6e6f77')", "time"],
    ["SELECT id FROM posts WHERE created_at <= datetime('no' || 'w')", "time"],
    ["SELECT id FROM posts WHERE created_at <= datetime(('no' || 'w'))", "time"],
    ["SELECT id FROM posts WHERE created_at <= datetime(char(110, 111, 119))", "time"],
    ["SELECT id FROM posts WHERE created_at <= datetime(CAST(x'6e6f77' AS text))", "time"],
    ["SELECT id FROM posts WHERE created_at <= datetime(? || 'w')", "time", ["no"]],
    ["SELECT id FROM posts WHERE created_at <= strftime('%Y', \"now\")", "time"],
    ["SELECT id FROM posts WHERE created_at <= strftime('%Y')", "time"],
    ["SELECT datetime(), id FROM posts", "time"],
    ["SELECT julianday() FROM posts", "time"],
    ["SELECT unixepoch() FROM posts", "time"],
    ["SELECT unixepoch('subsec') FROM posts", "time"],
    ['SELECT timediff(created_at, "now") FROM posts', "time"],
    ["SELECT id FROM posts WHERE created_at <= CURRENT_TIMESTAMP", "time"],
    // A name of what the statement makes.
    ["SELECT 'no' || 'w' AS x FROM posts WHERE created_at <= datetime(x)", "time"],
    ["SELECT datetime(x) FROM (SELECT 'no' || 'w' AS x FROM posts)", "time"],
    ["SELECT datetime(created_at) FROM (SELECT 'no' || 'w' AS created_at FROM posts)", "time"],
    ["WITH n (created_at) AS (SELECT 'no' || 'w') SELECT datetime(n.created_at) FROM n, posts", "time"],
    ["SELECT datetime(j.value) FROM posts, json_each('[\"no\\u0077\"]') j", "time"],
    ["SELECT datetime(name) FROM recent", "time"],
    ["SELECT * FROM moving", "unknown-table"],
  ])("SQLite: %s", (sql, expected, parameters: readonly unknown[] = []) =>
    expect(promised("sqlite", sql, parameters)).toBe(expected),
  );

  test.each([
    ["SELECT title::date, p.title::timestamp, cast(title as date), date(title) FROM posts p", "posts"],
    ["SELECT daterange(created_at, created_at) FROM posts", "posts"],
    ["SELECT ('n' || 'ow')::timestamp FROM posts", "time"],
    ["SELECT cast(concat('n', 'ow') as date) FROM posts", "time"],
    ["SELECT concat('n', 'ow')::date FROM posts", "time"],
    ["SELECT date('n' || title) FROM posts", "time"],
    ["SELECT array['n' || 'ow']::timestamptz[] FROM posts", "time"],
    ["SELECT title::text::date FROM posts", "time"],
    ["SELECT x::date FROM (SELECT 'n' || 'ow' AS x FROM posts) s", "time"],
    ["SELECT t.title::date FROM posts p, LATERAL (SELECT 'n' || 'ow' AS title) t", "time"],
    ["SELECT value::date FROM posts, json_array_elements_text('[\"n\\u006fw\"]')", "time"],
    ["SELECT name::date FROM recent", "time"],
  ])("Postgres: %s", (sql, expected) => expect(promised("postgres", sql)).toBe(expected));
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
