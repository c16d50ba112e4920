import type { DatabaseSync } from "node:sqlite";
import type { Draw } from "../../workload/trace/draw.ts";

/** A blog as templates for D1 have it. */
const TABLES = ["authors", "posts", "comments", "likes"] as const;
export type Table = (typeof TABLES)[number] | "bodies";

/** Where the texts of posts are: in a column of `posts`, as most have it, or in a table of their own. */
export type Bodies = "in posts" | "apart";

export const tablesOf = (bodies: Bodies): readonly Table[] =>
  bodies === "apart" ? [...TABLES, "bodies"] : TABLES;

/** What the migration says besides primary keys. */
export const FOLLOW = ["posts.author_id", "posts.title", "authors.name", "comments.post_id"];

const schemaOf = (bodies: Bodies) => `
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, bio TEXT NOT NULL);
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES authors (id),
  title TEXT NOT NULL
  ${bodies === "apart" ? "" : ", body TEXT NOT NULL"}
);
${bodies === "apart" ? "CREATE TABLE bodies (post_id INTEGER PRIMARY KEY REFERENCES posts (id), body TEXT NOT NULL);" : ""}
CREATE INDEX posts_by_author ON posts (author_id);
CREATE TABLE comments (
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL REFERENCES posts (id),
  reader TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX comments_by_post ON comments (post_id);
CREATE TABLE likes (
  post_id INTEGER NOT NULL REFERENCES posts (id),
  reader TEXT NOT NULL,
  PRIMARY KEY (post_id, reader)
);
`;

export interface Blog {
  readonly bodies: Bodies;
  readonly posts: number;
  readonly authors: number;
}

export function createBlog(database: DatabaseSync, blog: Blog, draw: Draw): void {
  const { bodies, posts, authors } = blog;
  database.exec(schemaOf(bodies));
  const add = (sql: string) => database.prepare(sql);
  const author = add("INSERT INTO authors VALUES (?, ?, ?)");
  const comment = add("INSERT INTO comments (post_id, reader, body) VALUES (?, ?, ?)");
  const like = add("INSERT INTO likes VALUES (?, ?)");
  database.exec("BEGIN");
  for (let id = 1; id <= authors; id++) author.run(id, `Author ${id}`, "Writes.");
  for (let id = 1; id <= posts; id++) {
    const body = "It comes in twice a day. ".repeat(8);
    for (const { sql, values } of publishing(bodies, draw.zipf(authors, 0.5), `Post ${id}`, body))
      add(sql).run(...values);
    for (let n = draw.below(12); n > 0; n--) comment.run(id, `reader${draw.below(500)}`, `Remark ${n}`);
    for (let n = draw.below(12); n > 0; n--) like.run(id, `early${n}`);
  }
  database.exec("COMMIT");
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export function publishing(
  bodies: Bodies,
  author: number,
  title: string,
  body: string,
): readonly Statement[] {
  if (bodies === "in posts")
    return [
      { sql: "INSERT INTO posts (author_id, title, body) VALUES (?, ?, ?)", values: [author, title, body] },
    ];
  return [
    { sql: "INSERT INTO posts (author_id, title) VALUES (?, ?)", values: [author, title] },
    { sql: "INSERT INTO bodies SELECT max(id), ? FROM posts", values: [body] },
  ];
}

export function rewriting(bodies: Bodies, post: number, body: string): Statement {
  const sql =
    bodies === "apart"
      ? "UPDATE bodies SET body = ? WHERE post_id = ?"
      : "UPDATE posts SET body = ? WHERE id = ?";
  return { sql, values: [body, post] };
}
