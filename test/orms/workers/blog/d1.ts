/** What Drizzle and Kysely are tried on. */
export const BLOG: readonly string[] = [
  `CREATE TABLE authors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    active INTEGER NOT NULL DEFAULT 1,
    manager_id INTEGER REFERENCES authors (id) ON DELETE SET NULL
  )`,
  `CREATE TABLE posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author_id INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'draft',
    views INTEGER NOT NULL DEFAULT 0,
    rating REAL,
    price NUMERIC,
    at INTEGER NOT NULL,
    meta TEXT,
    document BLOB,
    big BLOB,
    cover BLOB,
    title_length INTEGER GENERATED ALWAYS AS (length(title)) VIRTUAL,
    UNIQUE (author_id, title)
  )`,
  "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
  `CREATE TABLE posts_tags (
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (post_id, tag_id)
  ) WITHOUT ROWID`,
  `CREATE VIEW published AS
    SELECT posts.id, posts.title, authors.name AS author FROM posts JOIN authors ON authors.id = posts.author_id
    WHERE posts.status = 'published'`,
];

/** Rows that hold one of everything. */
export const ROWS: readonly string[] = [
  `INSERT INTO authors (id, name, email, active, manager_id) VALUES
    (1, 'Ann', 'ann@example.org', 1, NULL), (2, 'Ben', 'BEN@example.org', 1, 1), (3, 'Cem', 'cem@example.org', 0, 1),
    (4, 'Dörte', 'd@example.org', 1, 2)`,
  `INSERT INTO posts (id, author_id, title, status, views, rating, price, at, meta, document, big, cover) VALUES
    (1, 1, 'First', 'published', 10, 4.5, '1.10', 1767323045678, '{"a":[1,null,"x"]}', CAST('{"d":1}' AS BLOB),
      CAST('9007199254740993' AS BLOB), X'00FF10'),
    (2, 1, 'Second', 'draft', 0, NULL, NULL, 1767323045000, NULL, NULL, NULL, NULL),
    (3, 2, 'Third', 'published', 9007199254740991, -0.5, 2, 0, '"text"', CAST('[]' AS BLOB), CAST('-1' AS BLOB), X''),
    (4, 2, 'Émile’s "fourth"', 'archived', 7, 1e21, '0.1', 1767323045678, '[]', NULL, CAST('0' AS BLOB), NULL)`,
  "INSERT INTO tags (id, name) VALUES (1, 'sql'), (2, 'cache'), (3, 'unused')",
  "INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (3, 1), (4, 2)",
];
