import type { Random } from "../../../testing/random.ts";

/** The changes of such an application, with their frequency: mostly counters, comments and edits. */
const CHANGES: readonly (readonly [weight: number, sql: (random: Random, turn: number) => string])[] = [
  [30, (r) => `update articles set views = views + 1 where id = ${1 + r.below(240)}`],
  [
    16,
    (r, n) =>
      `insert into comments (article_id, author, body) values (${1 + r.below(240)}, 'student${1 + r.below(90)}', 'remark ${n}')`,
  ],
  [6, (r) => `delete from comments where id = ${1 + r.below(720)}`],
  [8, (r, n) => `update articles set title = title || ' (${n})' where id = ${1 + r.below(240)}`],
  [6, (r, n) => `update articles set body = 'Rewritten ${n}' where id = ${1 + r.below(240)}`],
  [
    3,
    (r, n) =>
      `insert into articles (title, body, author_id, category, published_at) values ('New ${n}', 'text', ${1 + r.below(12)}, 'notes', now())`,
  ],
  [2, (r) => `update articles set draft = not draft where id = ${1 + r.below(240)}`],
  [2, (r, n) => `update authors set bio = 'Writes ${n}' where id = ${1 + r.below(12)}`],
  [3, (r) => `update articles set category = 'reading' where id = ${1 + r.below(240)}`],
  [4, (r) => `insert into article_tags select ${1 + r.below(240)}, ${1 + r.below(8)} on conflict do nothing`],
  [
    3,
    (r) => `delete from article_tags where article_id = ${1 + r.below(240)} and tag_id = ${1 + r.below(8)}`,
  ],
  [10, (r) => `update movies set imdb_votes = coalesce(imdb_votes, 0) + 1 where id = ${1 + r.below(3_000)}`],
  [
    5,
    (r) =>
      `update movies set imdb_rating = ${(5 + r.below(45) / 10).toFixed(1)} where id = ${1 + r.below(3_000)}`,
  ],
  [2, (r) => `update movies set director = 'Ridley Scott' where id = ${1 + r.below(3_000)}`],
];

const TOTAL = CHANGES.reduce((sum, [weight]) => sum + weight, 0);

/** The SQL of a change. */
export function changeOf(random: Random, turn: number): string {
  let at = random.below(TOTAL);
  for (const [weight, sql] of CHANGES) {
    if (at < weight) return sql(random, turn);
    at -= weight;
  }
  throw new Error("the weights do not add up");
}
