import type { DatabaseSync, StatementSync } from "node:sqlite";
import { rows } from "../../../../src/cache/rows.ts";
import type { RowReads } from "../../../../src/rows/rows.ts";
import { type Bodies, type Table, tablesOf } from "./schema.ts";

/** What a page is rendered from: what the application caches under one key. */
export interface PageValue {
  /** The author of a post or of a list; 0 where several are shown. */
  readonly author: number;
  /** The posts that it shows, by the number of each. */
  readonly posts: readonly number[];
  /** The authors whose names it shows. */
  readonly authors: readonly number[];
  readonly rows: readonly unknown[];
}

export type PageKind = "front" | "post" | "author";

/** A page of the blog, as a developer of average care caches it. */
export interface Page {
  readonly key: string;
  readonly kind: PageKind;
  readonly id: number;
}

export const pageOf = (kind: PageKind, id: number): Page => ({ key: `${kind}:${id}`, kind, id });

const FRONT_POSTS = 10;
const COUNTS = `(SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS comments,
  (SELECT count(*) FROM likes l WHERE l.post_id = p.id) AS likes`;

const sqlOf = (bodies: Bodies) => ({
  front: `SELECT p.id, p.title, p.author_id, a.name, ${COUNTS}
    FROM (SELECT * FROM posts ORDER BY id DESC LIMIT ${FRONT_POSTS} OFFSET ? * ${FRONT_POSTS}) p
    JOIN authors a ON a.id = p.author_id ORDER BY p.id DESC`,
  post: `SELECT p.id, p.title, body, p.author_id, a.name, ${COUNTS}
    FROM posts p ${bodies === "apart" ? "JOIN bodies b ON b.post_id = p.id" : ""}
    JOIN authors a ON a.id = p.author_id WHERE p.id = ?`,
  comments: "SELECT id, reader, body FROM comments WHERE post_id = ? ORDER BY id DESC LIMIT 50",
  author: "SELECT id AS author_id, name, bio FROM authors WHERE id = ?",
  posts: `SELECT p.id, p.title, ${COUNTS} FROM posts p WHERE p.author_id = ? ORDER BY p.id DESC`,
});

interface Shown {
  readonly id?: number;
  readonly author_id?: number;
}

/** The application's loads, as queries of a real database. */
export class Pages {
  readonly #statements: Readonly<Record<keyof ReturnType<typeof sqlOf>, StatementSync>>;

  constructor(database: DatabaseSync, bodies: Bodies) {
    const entries = Object.entries(sqlOf(bodies)).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(entries);
  }

  load({ kind, id }: Page): PageValue {
    const { front, post, comments, author, posts } = this.#statements;
    if (kind === "front") return pageValue(0, front.all(id));
    if (kind === "author") return pageValue(id, author.all(id), posts.all(id));
    const shown = post.all(id);
    return pageValue((shown[0] as Shown | undefined)?.author_id ?? 0, shown, comments.all(id), true);
  }
}

function pageValue(
  author: number,
  first: readonly Shown[],
  second: readonly Shown[] = [],
  areComments = false,
): PageValue {
  const all = areComments ? first : [...first, ...second];
  const numbers = (name: keyof Shown) => [
    ...new Set(all.map((row) => row[name]).filter((each) => each !== undefined)),
  ];
  return { author, posts: numbers("id"), authors: numbers("author_id"), rows: [...first, ...second] };
}

const countsOf = (value: PageValue | undefined) =>
  (value?.posts ?? []).flatMap((id) => [rows("comments", { post_id: id }), rows("likes", { post_id: id })]);
const namesOf = (value: PageValue | undefined) =>
  (value?.authors ?? []).map((id) => rows("authors", { id }, ["id", "name"]));

/** What a page's load reads: every table that its SQL names. */
export function readsOf({ kind, id }: Page, bodies: Bodies): RowReads<PageValue> {
  switch (kind) {
    case "front":
      return [rows("posts", {}, ["id", "title", "author_id"]), countsOf, namesOf];
    case "post":
      return [
        rows("posts", { id }),
        rows("comments", { post_id: id }),
        rows("likes", { post_id: id }),
        ...(bodies === "apart" ? [rows("bodies", { post_id: id })] : []),
        namesOf,
      ];
    case "author":
      return [
        rows("authors", { id }),
        rows("posts", { author_id: id }, ["id", "title", "author_id"]),
        countsOf,
      ];
  }
}

/** The same by tags, as somebody does it who forgets nothing, and knows which columns each page shows. */
export function tagsOf({ kind, id }: Page): (value: PageValue) => readonly string[] {
  return (value) => {
    const shown = value.posts.flatMap((post) => [`title-${post}`, `comments-${post}`, `likes-${post}`]);
    const own = { front: ["front"], post: [`body-${id}`], author: [`bio-${id}`, `list-${id}`] }[kind];
    return [...own, ...shown, ...value.authors.map((author) => `name-${author}`)];
  };
}

/** The tables that a page's queries name: an ORM's hooks see these. */
export function tablesReadBy({ kind }: Page, bodies: Bodies): readonly Table[] {
  return tablesOf(bodies).filter((table) => table !== "bodies" || kind === "post");
}
