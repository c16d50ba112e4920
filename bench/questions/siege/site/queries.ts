import { ARTICLES, AUTHORS, articleOf, authorOf, COMMENTS } from "./database.ts";

/** A row that an answer shows: `articles/7`. */
export type RowName = `${string}/${number}`;

/** A query of honest readers, and the rows that its answer shows, in order. Rows are updated, never moved. */
export interface Query {
  readonly target: string;
  readonly rows: readonly RowName[];
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const PAGE = 10;

const commentsOf = (article: number) => numbers(COMMENTS).filter((comment) => articleOf(comment) === article);
const rowsOf = (table: string, ids: readonly number[]) => ids.map((id): RowName => `${table}/${id}`);

const article = (id: number): Query => ({
  target: `/rest/v1/articles?id=eq.${id}&select=id,title,body,version`,
  rows: rowsOf("articles", [id]),
});

const comments = (id: number): Query => ({
  target: `/rest/v1/comments?article_id=eq.${id}&select=id,text,version&order=id`,
  rows: rowsOf("comments", commentsOf(id)),
});

const whole = (id: number): Query => ({
  target: `/rest/v1/articles?id=eq.${id}&select=id,title,version,comments(id,version)&comments.order=id`,
  rows: [...rowsOf("articles", [id]), ...rowsOf("comments", commentsOf(id))],
});

const ofAuthor = (author: number): Query => ({
  target: `/rest/v1/articles?author_id=eq.${author}&select=id,title,version&order=id.desc&limit=${PAGE}`,
  rows: rowsOf(
    "articles",
    numbers(ARTICLES)
      .filter((id) => authorOf(id) === author)
      .reverse()
      .slice(0, PAGE),
  ),
});

/** 200 queries, with their kinds in turn, so that a popular one may be of any kind. */
export const QUERIES: readonly Query[] = [
  ...numbers(60).flatMap((id) => [article(id), comments(id), whole(id)]),
  ...numbers(AUTHORS).map(ofAuthor),
];

/** A row of an answer, or of an embed in it. */
export interface ShownRow {
  readonly id: number;
  readonly version: number;
  readonly comments?: readonly ShownRow[];
}

/** The rows that an answer shows, with their versions. */
export function shownRows(
  { target }: Query,
  rows: readonly ShownRow[],
): readonly { readonly row: RowName; readonly version: number }[] {
  const table = target.startsWith("/rest/v1/comments") ? "comments" : "articles";
  return rows.flatMap(({ id, version, comments = [] }) => [
    { row: `${table}/${id}` as const, version },
    ...comments.map((comment) => ({ row: `comments/${comment.id}` as const, version: comment.version })),
  ]);
}
