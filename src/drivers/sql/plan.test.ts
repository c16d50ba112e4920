import { describe, expect, test } from "vitest";
import type { FollowedTable, RowMap } from "../../rows/row-map.ts";
import { outlineOf, planOf } from "./plan.ts";
import { readStatement } from "./read-statement.ts";
import { type Catalogue, KnownRelations } from "./relations.ts";
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

type Case = readonly [sql: string, expected: unknown, parameters?: readonly unknown[]];

const BOTH: readonly Case[] = [
  ["SELECT * FROM posts", "posts"],
  ["select * from POSTS;", "posts"],
  ["SELECT * FROM posts p, authors AS a WHERE p.author_id = a.id", "authors posts"],
  ["SELECT * FROM posts JOIN authors ON true, (SELECT 1) s", "authors posts"],
  ["SELECT * FROM (posts JOIN authors ON true)", "authors posts"],
  ["SELECT 1 WHERE EXISTS (SELECT 1 FROM posts)", "posts"],
  ["SELECT (SELECT count(*) FROM posts), name FROM authors", "authors posts"],
  ["SELECT id FROM posts UNION ALL SELECT id FROM authors", "authors posts"],
  ["WITH x AS (SELECT * FROM posts) SELECT * FROM x", "posts"],
  [
    "WITH x AS (SELECT * FROM posts), y AS (SELECT * FROM x) SELECT * FROM y JOIN authors ON true",
    "authors posts",
  ],
  [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n, posts",
    "posts",
  ],
  ["SELECT title AS authors FROM posts", "authors posts"],
  ["SELECT * FROM recent", "authors posts"],
  ["SELECT * FROM nested", "authors posts"],
  ["SELECT upper(title) FROM posts ORDER BY lower(title) LIMIT 3", "posts"],
  ["SELECT count(*) OVER (PARTITION BY author_id ORDER BY id) FROM posts", "posts"],
  ["SELECT CASE WHEN id IN (1, 2) THEN 'a' ELSE 'b' END FROM posts", "posts"],
  ["SELECT CAST(id AS text) FROM posts", "posts"],
  ["SELECT * FROM posts -- FROM secrets\n", "posts"],
  ["SELECT 'FROM secrets' FROM posts /* secrets */", "posts"],
  ["SELECT id IS NOT DISTINCT FROM 1 FROM posts", "posts"],
  // Narrowed.
  ["SELECT * FROM posts WHERE id = 7", { posts: { id: 7 } }],
  [
    "SELECT * FROM posts p WHERE 'x' = p.author_id AND title LIKE 'a%' ORDER BY id",
    { posts: { author_id: "x" } },
  ],
  [
    "SELECT * FROM posts WHERE (id = 7 AND (author_id = 8 AND 1=1)) LIMIT 1",
    { posts: { id: 7, author_id: 8 } },
  ],
  ["SELECT * FROM posts WHERE id = 7 AND (title = 'a' OR title = 'b')", { posts: { id: 7 } }],
  // Not narrowed.
  ["SELECT * FROM posts WHERE id = 7 OR title = 'a'", "posts"],
  ["SELECT * FROM posts WHERE NOT id = 7", "posts"],
  ["SELECT * FROM posts WHERE NOT (id = 7)", "posts"],
  ["SELECT * FROM posts WHERE title BETWEEN 1 AND id = 7", "posts"],
  ["SELECT * FROM posts WHERE CASE WHEN true AND id = 7 THEN 1 ELSE 0 END = 1", "posts"],
  ["SELECT * FROM posts WHERE id = 7 + 1", "posts"],
  ["SELECT * FROM posts WHERE title = 'a'", "posts"],
  ["SELECT * FROM posts WHERE id = 7 AND EXISTS (SELECT 1 FROM posts)", "posts"],
  ["SELECT * FROM posts p JOIN posts q ON true WHERE p.id = 7", "posts"],
  ["SELECT * FROM posts WHERE id = 7 UNION SELECT * FROM posts", "posts"],
  ["SELECT * FROM recent WHERE id = 7", "authors posts"],
  ["SELECT count(*) FILTER (WHERE id = 7) FROM posts", "posts"],
  // Passed through.
  ["INSERT INTO posts VALUES (1)", "not-a-read"],
  ["WITH x AS (SELECT 1) DELETE FROM posts", "not-a-read"],
  ["EXPLAIN SELECT * FROM posts", "not-a-read"],
  ["", "not-a-read"],
  ["SELECT 1; SELECT 2", "several-statements"],
  ["SELECT 1", "no-table"],
  ["SELECT * FROM others", "unknown-table"],
  ["SELECT * FROM posts, others", "unknown-table"],
  ["SELECT * FROM posts p LEFT JOIN others o ON o.id = p.id", "unknown-table"],
  ["SELECT * FROM posts WHERE id IN (SELECT id FROM others)", "unknown-table"],
  ["SELECT * FROM (posts JOIN (others JOIN authors ON true) ON true)", "unknown-table"],
  [
    "SELECT * FROM others WHERE id IN (WITH others AS (SELECT 1 AS id FROM posts) SELECT id FROM others)",
    "unknown-table",
  ],
  ["SELECT * FROM secrets", "unwatched-table"],
  ["SELECT * FROM aside", "unwatched-table"],
  ["SELECT * FROM unseen", "unknown-table"],
  ["SELECT * FROM a.posts", "unknown-table"],
  ["SELECT random() FROM posts", "unknown-function"],
  ["SELECT mine(id) FROM posts", "unknown-function"],
  ["SELECT * FROM posts ORDER BY RANDOM()", "unknown-function"],
  ["SELECT CURRENT_TIMESTAMP FROM posts", "time"],
  ["SELECT * FROM posts WHERE created_at < current_date", "time"],
  ["SELECT 1 FROM posts\0", "not-understood"],
  ["SELECT (1 FROM posts", "not-understood"],
];

const SQLITE: readonly Case[] = [
  ["SELECT * FROM 'posts'", "posts"],
  ['SELECT * FROM "POSTS" JOIN [authors]', "authors posts"],
  [
    "SELECT * FROM `main`.`posts` WHERE `main`.`posts`.`id` = ? AND 1=1 LIMIT ?",
    { posts: { id: 7 } },
    [7, 1],
  ],
  ["SELECT * FROM posts WHERE ID == ?2", { posts: { id: "b" } }, ["a", "b"]],
  ["SELECT * FROM posts WHERE title = ? AND id = ?", { posts: { id: null } }, ["a", null]],
  ["SELECT * FROM posts WHERE title = ?5 AND id = ?", { posts: { id: 6 } }, [1, 2, 3, 4, 5, 6]],
  ["SELECT * FROM posts WHERE id = ?", "posts", [Number.NaN]],
  ['SELECT * FROM posts WHERE id = "7"', "posts"],
  ["SELECT * FROM posts AS p WHERE posts.id = 7", "posts"],
  ["SELECT * FROM posts WHERE id IN authors", "authors posts"],
  ["SELECT * FROM posts WHERE id IN others", "unknown-table"],
  ["SELECT * FROM posts WHERE id IN main.others OR 1", "unknown-table"],
  ["SELECT * FROM posts fetch, others", "unknown-table"],
  ["SELECT * FROM posts offset, others", "unknown-table"],
  ["SELECT * FROM posts window, others", "not-understood"],
  ["SELECT * FROM posts values, others", "unknown-table"],
  ["SELECT * FROM posts with, others", "unknown-table"],
  ["SELECT max(id) OVER w FROM posts WINDOW w AS (ORDER BY id)", "posts"],
  ["SELECT * FROM posts, json_each(posts.title)", "posts"],
  ["SELECT * FROM posts, json_each", "unknown-table"],
  ["SELECT * FROM pragma_table_list, posts", "unknown-table"],
  ["SELECT * FROM posts, pragma_table_info('posts')", "unknown-function"],
  ["SELECT * FROM sqlite_schema", "unknown-table"],
  ["SELECT * FROM temp.posts", "unknown-table"],
  ["SELECT last_insert_rowid() FROM posts", "unknown-function"],
  ["SELECT rowid FROM posts", "system-column"],
  ["SELECT date('2026-01-01', '+1 day') FROM posts", "posts"],
  ["SELECT date(?) FROM posts", "posts", ["2026-01-01"]],
  ["SELECT date(?) FROM posts", "time", ["NOW"]],
  ["SELECT date(?) FROM posts", "time", [[110, 111, 119]]],
  ["SELECT title FROM posts WHERE title = ?", "posts", ["now"]],
  ["SELECT date('now') FROM posts", "time"],
  ['SELECT date("now") FROM posts', "time"],
  ["SELECT date(x'6e6f77') FROM posts", "time"],
  ["SELECT date() FROM posts", "time"],
  ["SELECT strftime('%Y') FROM posts", "time"],
  ["SELECT strftime('%Y', 'now') FROM posts", "time"],
  ["SELECT strftime('%Y', created_at) FROM posts", "time"],
  ["SELECT strftime('%Y', created_at, 'unixepoch') FROM posts", "posts"],
  ["SELECT datetime(created_at, 'auto') FROM posts", "time"],
  ["SELECT date('subsec') FROM posts", "time"],
  ["SELECT timediff('2026-01-01', 'n' || 'ow') FROM posts", "time"],
  ["SELECT * FROM moving", "unknown-table"],
  ["PRAGMA table_info(posts)", "not-a-read"],
  ["SELECT 1x FROM posts", "not-understood"],
  ["VALUES (1)", "not-a-read"],
];

const POSTGRES: readonly Case[] = [
  ['SELECT * FROM "public"."posts" WHERE "posts"."id" = $2', { posts: { id: 9n } }, [1, 9n]],
  ['SELECT * FROM "public"."posts" WHERE "public"."posts"."id" = $1', { posts: { id: "a" } }, ["a"]],
  ['SELECT * FROM "Tags"', "Tags"],
  ["SELECT * FROM Tags", "unknown-table"],
  ['SELECT * FROM "Posts"', "unknown-table"],
  ["SELECT * FROM ONLY posts", "posts"],
  ["SELECT * FROM posts * WHERE id = 1", { posts: { id: 1 } }],
  ["(SELECT * FROM posts) UNION (SELECT id, 1, name, 'x' FROM authors)", "authors posts"],
  ["SELECT * FROM authors a, LATERAL (SELECT * FROM posts WHERE author_id = a.id) p", "authors posts"],
  ["SELECT $$FROM secrets$$, $x$'$x$ FROM posts", "posts"],
  ["SELECT E'a\\'b FROM secrets' FROM posts", "posts"],
  ["SELECT E'\\x41' FROM posts", "not-understood"],
  ["SELECT U&'d\\0061t' FROM posts", "not-understood"],
  ["SELECT * FROM posts /* a /* b */ c */", "not-understood"],
  ["SELECT a AS as FROM posts, others", "unknown-table"],
  ["SELECT posts.as FROM posts, others", "unknown-table"],
  ["WITH x AS (SELECT * FROM x) SELECT * FROM x, posts", "unknown-table"],
  ["WITH posts AS (SELECT * FROM posts) SELECT * FROM posts", "posts"],
  ["TABLE posts", "not-a-read"],
  ["SELECT * FROM (TABLE posts) t", "not-understood"],
  ["SELECT * INTO copied FROM posts", "not-a-read"],
  ["SELECT * FROM posts FOR UPDATE", "locks"],
  ["SELECT * FROM posts FOR NO KEY UPDATE SKIP LOCKED", "locks"],
  ["WITH x AS (DELETE FROM posts RETURNING *) SELECT * FROM x", "not-a-read"],
  ["SELECT substring(title FROM 1 FOR 2), extract(year FROM created_at) FROM posts", "posts"],
  ["SELECT now() FROM posts", "unknown-function"],
  ["SELECT nextval('s') FROM posts", "unknown-function"],
  ["SELECT current_setting('x') FROM posts", "unknown-function"],
  ["SELECT pg_catalog.lower(title) FROM posts", "posts"],
  ["SELECT public.lower(title) FROM posts", "unknown-function"],
  ["SELECT age(created_at) FROM posts", "unknown-function"],
  ["SELECT user FROM posts", "session"],
  ["SELECT posts.user FROM posts", "posts"],
  ["SELECT * FROM posts WHERE created_at > 'today'", "time"],
  ["SELECT * FROM posts WHERE created_at > $1", "time", ["tomorrow 10:00"]],
  ["SELECT * FROM posts WHERE id = ANY($1)", "time", [["2026-01-01", "now"]]],
  ["SELECT * FROM posts WHERE title = $1", "posts", ["knows"]],
  ["SELECT $1::timestamp, '2026-01-01'::date FROM posts", "posts", ["2026-01-01"]],
  ["SELECT title::date FROM posts", "time"],
  ["SELECT CAST(title AS timestamp) FROM posts", "time"],
  ["SELECT ('n' || 'ow')::timestamp FROM posts", "time"],
  ["SELECT 'posts'::regclass FROM posts", "not-understood"],
  ['SELECT id FROM posts WHERE title = $1::"Kind"', "posts", ["A"]],
  ["SELECT title::jsonb ->> 'a', id::text FROM posts", "posts"],
  ["SELECT xmin FROM posts", "system-column"],
  ["SELECT * FROM posts TABLESAMPLE system (1)", "not-understood"],
  ["SELECT * FROM generate_series(1, 3) g(i), posts", "posts"],
  ["SELECT * FROM query_to_xml('SELECT 1', true, true, ''), posts", "unknown-function"],
  ["SELECT * FROM posts WHERE author_id = 'yes' AND id = $1", "posts", ["Tru"]],
  ["SELECT '10:00'::timetz FROM posts", "time"],
  [`SELECT '10:00'::pg_catalog."timetz" FROM posts`, "time"],
  ["SELECT CAST('10:00' AS time (3) with time zone) FROM posts", "time"],
  ["SELECT created_at AT TIME ZONE 'UTC' FROM posts", "posts"],
  ["SELECT public.posts.*, posts.* FROM public.posts", "posts"],
  ["SELECT * FROM pg_class", "unknown-table"],
  ["SELECT * FROM ROWS FROM (generate_series(1, 2)), posts", "unknown-table"],
  ["SELECT ARRAY(SELECT id FROM authors), id[1] FROM posts", "authors posts"],
];

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
