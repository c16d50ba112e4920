import {
  and,
  arrayContains,
  asc,
  avg,
  count,
  countDistinct,
  desc,
  eq,
  exists,
  gt,
  ilike,
  inArray,
  lt,
  or,
  sql,
  sum,
} from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { exceptAll, intersect, union } from "drizzle-orm/pg-core";
import type { Cases } from "../../compare.ts";
import type * as schema from "./pg-schema.ts";
import { authors, posts, postsTags, published, tags } from "./pg-schema.ts";

export type Db = NodePgDatabase<typeof schema>;

const at = (round: number) => new Date(1_767_323_045_678 + round);

export const reads: Cases<Db>["reads"] = {
  "select: all": (db) => db.select().from(posts).orderBy(posts.id),
  "select: some": (db) =>
    db.select({ id: posts.id, views: posts.views, picture: posts.picture }).from(posts).orderBy(posts.id),
  "select: one row by its key": (db) => db.select().from(posts).where(eq(posts.id, 1)),
  "select distinct on": (db) =>
    db
      .selectDistinctOn([posts.authorId], { author: posts.authorId, id: posts.id })
      .from(posts)
      .orderBy(posts.authorId, posts.id),
  "where: and, or, ilike, in": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .where(and(or(ilike(posts.title, "%IR%"), gt(posts.views, 5n)), inArray(posts.authorId, [1, 2])))
      .orderBy(posts.id),
  "where: an enum, a date, an array": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .where(or(eq(posts.status, "draft"), lt(posts.at, at(0)), arrayContains(posts.words, ["x"])))
      .orderBy(posts.id),
  "where: null and a boolean": (db) => db.select().from(authors).where(eq(authors.active, false)),
  "order, nulls, limit, offset": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .orderBy(sql`${posts.rating} desc nulls last`, asc(posts.id))
      .limit(2)
      .offset(1),
  "joins: left": (db) =>
    db.select().from(authors).leftJoin(posts, eq(authors.id, posts.authorId)).orderBy(authors.id, posts.id),
  "joins: many to many": (db) =>
    db
      .select({ title: posts.title, tag: tags.name })
      .from(postsTags)
      .innerJoin(posts, eq(postsTags.postId, posts.id))
      .innerJoin(tags, eq(postsTags.tagId, tags.id))
      .orderBy(posts.id, tags.id),
  "joins: full": (db) =>
    db
      .select({ author: authors.id, post: posts.id })
      .from(authors)
      .fullJoin(posts, eq(authors.id, posts.authorId))
      .orderBy(authors.id, posts.id),
  "joins: lateral": (db) => {
    const latest = db
      .select({ title: posts.title })
      .from(posts)
      .where(eq(posts.authorId, authors.id))
      .orderBy(desc(posts.id))
      .limit(1)
      .as("latest");
    return db
      .select({ name: authors.name, title: latest.title })
      .from(authors)
      .leftJoinLateral(latest, sql`true`)
      .orderBy(authors.id);
  },
  aggregates: (db) =>
    db
      .select({
        status: posts.status,
        n: count(),
        authors: countDistinct(posts.authorId),
        sum: sum(posts.views),
        avg: avg(posts.price),
      })
      .from(posts)
      .groupBy(posts.status)
      .orderBy(posts.status),
  "aggregates: $count": (db) => db.$count(posts, eq(posts.authorId, 1)),
  "with: a common table expression": (db) => {
    const busy = db.$with("busy").as(
      db
        .select({ authorId: posts.authorId, n: count().as("n") })
        .from(posts)
        .groupBy(posts.authorId),
    );
    return db
      .with(busy)
      .select({ name: authors.name, n: busy.n })
      .from(authors)
      .innerJoin(busy, eq(busy.authorId, authors.id))
      .orderBy(authors.id);
  },
  "subqueries: exists and in": (db) =>
    db
      .select({ id: authors.id })
      .from(authors)
      .where(
        or(
          exists(
            db
              .select({ one: sql`1` })
              .from(posts)
              .where(and(eq(posts.authorId, authors.id), eq(posts.status, "draft"))),
          ),
          inArray(authors.id, db.select({ id: posts.authorId }).from(posts)),
        ),
      )
      .orderBy(authors.id),
  "set operations: union": (db) =>
    union(db.select({ name: authors.name }).from(authors), db.select({ name: tags.name }).from(tags)).orderBy(
      sql`name`,
    ),
  "set operations: intersect, except all": async (db) => [
    await intersect(
      db.select({ id: authors.id }).from(authors),
      db.select({ id: tags.id }).from(tags),
    ).orderBy(sql`id`),
    await exceptAll(
      db.select({ id: authors.id }).from(authors),
      db.select({ id: tags.id }).from(tags),
    ).orderBy(sql`id`),
  ],
  "a view": (db) => db.select().from(published).orderBy(published.id),
  "relations: findMany with": (db) =>
    db.query.authors.findMany({
      with: { posts: { orderBy: asc(posts.id) }, manager: true },
      orderBy: asc(authors.id),
    }),
  "relations: nested": (db) =>
    db.query.posts.findMany({
      columns: { id: true, at: true, views: true },
      with: {
        author: { columns: { name: true } },
        postsTags: { with: { tag: true }, orderBy: asc(postsTags.tagId) },
      },
      where: gt(posts.views, 1n),
      orderBy: asc(posts.id),
    }),
  "relations: findFirst": (db) =>
    db.query.posts.findFirst({ where: eq(posts.id, 3), with: { author: true } }),
  "prepared, with a name, bound twice": async (db) => {
    const prepared = db
      .select({ id: posts.id, at: posts.at })
      .from(posts)
      .where(eq(posts.authorId, sql.placeholder("author")))
      .orderBy(posts.id)
      .prepare("posts_of_author");
    return [await prepared.execute({ author: 1 }), await prepared.execute({ author: 2 })];
  },
  "raw: execute gives pg's own result": async (db) => {
    const result = await db.execute(
      sql`select id, at, local, day, price, views, picture, words, meta from posts order by id`,
    );
    return [
      result.rows,
      result.command,
      result.rowCount,
      result.fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
    ];
  },
  "a reader that changes what it is given": async (db) => {
    const { rows } = await db.execute<{ at: Date; document: unknown[]; picture: Uint8Array | null }>(
      sql`select at, document, picture from posts order by id`,
    );
    const before = structuredClone(rows);
    for (const row of rows) {
      row.picture?.fill(7);
      if (Array.isArray(row.document)) row.document.push("changed");
    }
    rows.pop();
    return before;
  },
  "raw: window, case, JSON": async (db) =>
    (
      await db.execute(sql`
        select id, row_number() over (partition by author_id order by id) as place,
          case when views > 5 then 'busy' else 'quiet' end as kind, document -> 'a' -> 0 as first
        from posts order by id`)
    ).rows,
  "raw: a recursive expression": async (db) =>
    (
      await db.execute(sql`
        with recursive chain (id, depth) as (
          select id, 0 from authors where manager_id is null
          union all select a.id, depth + 1 from authors a join chain on a.manager_id = chain.id
        ) select * from chain order by id`)
    ).rows,
};

export const passing: Cases<Db>["passing"] = {
  "a transaction": (db) =>
    db.transaction(async (tx) => [
      await tx.select({ n: count() }).from(posts),
      await tx.query.authors.findFirst({ where: eq(authors.id, 1) }),
    ]),
  "for update": (db) => db.select({ id: tags.id }).from(tags).where(eq(tags.id, 1)).for("update"),
  "the time": async (db) =>
    (await db.select({ id: posts.id }).from(posts).where(lt(posts.day, sql`now()`))).length,
  "a random order": async (db) =>
    (await db.select({ id: posts.id }).from(posts).orderBy(sql`random()`)).length,
  "no table": async (db) => (await db.execute(sql`select 1 as one`)).rows,
  "a table that does not exist": (db) => db.execute(sql`select * from nothing`),
};
