/** For tests: the tables of a blog on D1. */
export const BLOG: readonly string[] = [
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT, body BLOB, created_at REAL)",
  "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
  "CREATE TABLE likes (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors (id) ON DELETE CASCADE)",
  "CREATE TABLE secrets (id INTEGER PRIMARY KEY, word TEXT)",
  "CREATE VIEW titles AS SELECT id, title FROM posts",
  "CREATE VIEW today AS SELECT id FROM posts WHERE date('now') > title",
];

/** What capture watches of it. */
export const WATCHING = { tables: ["posts", "authors", "likes"], follow: ["posts.author_id"] };
