import {
  aliasedTable,
  and,
  asc,
  avg,
  between,
  count,
  countDistinct,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  max,
  min,
  ne,
  not,
  notExists,
  notInArray,
  or,
  sql,
  sum,
} from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { except, intersect, union, unionAll } from "drizzle-orm/sqlite-core";
import type { Cases } from "../../compare.ts";
import type * as schema from "./d1-schema.ts";
import { authors, posts, postsTags, published, tags } from "./d1-schema.ts";

export type Db = DrizzleD1Database<typeof schema>;

const manager = aliasedTable(authors, "manager");

export const reads: Cases<Db>["reads"] = {
  "select: all columns": (db) => db.select().from(posts),
  "select: some columns": (db) => db.select({ id: posts.id, at: posts.at, big: posts.big }).from(posts),
  "select: columns of getTableColumns": (db) => {
    const { cover: _, ...rest } = getTableColumns(posts);
    return db.select(rest).from(posts);
  },
  "select: an expression": (db) =>
    db.select({ id: posts.id, lower: sql<string>`lower(${posts.title})`.as("lower") }).from(posts),
  "select: one row by its key": (db) => db.select().from(posts).where(eq(posts.id, 1)),
  "select: get": (db) => db.select().from(authors).where(eq(authors.id, 2)).get(),
  "select: get of none": (db) => db.select().from(authors).where(eq(authors.id, 99)).get(),
  "select: values": (db) => db.select({ id: posts.id, meta: posts.meta }).from(posts).values(),
  "select distinct": (db) =>
    db.selectDistinct({ authorId: posts.authorId }).from(posts).orderBy(posts.authorId),
  "where: and, or, not": (db) =>
    db
      .select()
      .from(posts)
      .where(and(or(eq(posts.status, "draft"), gt(posts.views, 5)), not(eq(posts.authorId, 3)))),
  "where: comparisons": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .where(and(gte(posts.views, 0), lt(posts.views, 100), ne(posts.id, 4), between(posts.id, 1, 4))),
  "where: in and not in": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .where(and(inArray(posts.id, [1, 2, 3]), notInArray(posts.status, ["archived"]))),
  "where: null": (db) =>
    db
      .select()
      .from(posts)
      .where(or(isNull(posts.meta), isNotNull(posts.rating))),
  "where: like": (db) => db.select().from(authors).where(like(authors.name, "%n%")),
  "where: a boolean": (db) => db.select().from(authors).where(eq(authors.active, false)),
  "where: a date": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .where(eq(posts.at, new Date("2026-01-02T03:04:05.678Z"))),
  "where: a bigint": (db) => db.select({ id: posts.id }).from(posts).where(eq(posts.big, 9007199254740993n)),
  "where: a collation": (db) => db.select().from(authors).where(eq(authors.email, "ben@EXAMPLE.org")),
  "order, limit, offset": (db) =>
    db.select().from(posts).orderBy(desc(posts.status), asc(posts.id)).limit(2).offset(1),
  "joins: left": (db) => db.select().from(authors).leftJoin(posts, eq(authors.id, posts.authorId)),
  "joins: inner, many to many": (db) =>
    db
      .select({ title: posts.title, tag: tags.name })
      .from(postsTags)
      .innerJoin(posts, eq(postsTags.postId, posts.id))
      .innerJoin(tags, eq(postsTags.tagId, tags.id))
      .orderBy(posts.id, tags.id),
  "joins: right": (db) =>
    db
      .select()
      .from(postsTags)
      .rightJoin(tags, eq(postsTags.tagId, tags.id))
      .orderBy(tags.id, postsTags.postId),
  "joins: full": (db) =>
    db
      .select({ author: authors.id, post: posts.id })
      .from(authors)
      .fullJoin(posts, eq(authors.id, posts.authorId))
      .orderBy(authors.id, posts.id),
  "joins: cross": (db) =>
    db.select({ a: authors.id, t: tags.id }).from(authors).crossJoin(tags).orderBy(authors.id, tags.id),
  "joins: a table with itself": (db) =>
    db
      .select({ name: authors.name, manager: manager.name })
      .from(authors)
      .leftJoin(manager, eq(authors.managerId, manager.id))
      .orderBy(authors.id),
  "aggregates: count, sum, avg, min, max": (db) =>
    db
      .select({
        all: count(),
        rated: count(posts.rating),
        authors: countDistinct(posts.authorId),
        sum: sum(posts.views),
        avg: avg(posts.rating),
        min: min(posts.at),
        max: max(posts.title),
      })
      .from(posts),
  "aggregates: group by, having": (db) =>
    db
      .select({ status: posts.status, n: sql<number>`cast(count(${posts.id}) as int)` })
      .from(posts)
      .groupBy(posts.status)
      .having(({ n }) => gte(n, 1))
      .orderBy(posts.status),
  "aggregates: $count": (db) => db.$count(posts, eq(posts.authorId, 1)),
  "aggregates: $count in a select": (db) =>
    db
      .select({ id: authors.id, posts: db.$count(posts, eq(posts.authorId, authors.id)) })
      .from(authors)
      .orderBy(authors.id),
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
  "subquery: from": (db) => {
    const sub = db.select().from(posts).where(gt(posts.views, 1)).as("sub");
    return db.select().from(sub).orderBy(sub.id);
  },
  "subquery: join": (db) => {
    const sub = db
      .select({ postId: postsTags.postId, n: count().as("n") })
      .from(postsTags)
      .groupBy(postsTags.postId);
    const tagged = sub.as("tagged");
    return db
      .select({ title: posts.title, n: tagged.n })
      .from(posts)
      .leftJoin(tagged, eq(posts.id, tagged.postId))
      .orderBy(posts.id);
  },
  "subquery: in": (db) =>
    db
      .select({ id: authors.id })
      .from(authors)
      .where(
        inArray(authors.id, db.select({ id: posts.authorId }).from(posts).where(eq(posts.status, "draft"))),
      ),
  "subquery: exists": (db) =>
    db
      .select({ id: authors.id })
      .from(authors)
      .where(exists(db.select({ one: sql`1` }).from(posts).where(eq(posts.authorId, authors.id)))),
  "subquery: not exists": (db) =>
    db
      .select()
      .from(tags)
      .where(notExists(db.select({ one: sql`1` }).from(postsTags).where(eq(postsTags.tagId, tags.id)))),
  "set operations: union": (db) =>
    union(db.select({ name: authors.name }).from(authors), db.select({ name: tags.name }).from(tags)).orderBy(
      sql`name`,
    ),
  "set operations: union all": (db) =>
    unionAll(db.select({ id: authors.id }).from(authors), db.select({ id: tags.id }).from(tags))
      .orderBy(sql`id`)
      .limit(5),
  "set operations: intersect": (db) =>
    intersect(db.select({ id: authors.id }).from(authors), db.select({ id: posts.authorId }).from(posts)),
  "set operations: except": (db) =>
    except(db.select({ id: tags.id }).from(tags), db.select({ id: postsTags.tagId }).from(postsTags)),
  "a view": (db) => db.select().from(published).orderBy(published.id),
  "relations: findMany with": (db) =>
    db.query.authors.findMany({
      // SQLite's JSON, by which Drizzle reads relations, takes no BLOBs.
      with: { posts: { columns: { document: false, big: false, cover: false } }, manager: true },
      orderBy: asc(authors.id),
    }),
  "relations: nested, with columns, filters, order and limit": (db) =>
    db.query.authors.findMany({
      columns: { id: true, name: true },
      where: (author, { inArray: within }) => within(author.id, [1, 2]),
      with: {
        posts: {
          columns: { title: true, at: true, meta: true },
          where: (post, { gt: above }) => above(post.views, 1),
          orderBy: (post, { desc: down }) => [down(post.id)],
          limit: 1,
          with: { postsTags: { with: { tag: { columns: { name: true } } } } },
        },
      },
    }),
  "relations: extras": (db) =>
    db.query.posts.findMany({
      columns: { id: true },
      extras: { shout: sql<string>`upper(${posts.title})`.as("shout") },
    }),
  "relations: findFirst": (db) =>
    db.query.posts.findFirst({ where: eq(posts.id, 3), with: { author: true } }),
  "relations: findFirst of none": (db) => db.query.posts.findFirst({ where: eq(posts.id, 99) }),
  "prepared statements, bound twice": async (db) => {
    const prepared = db
      .select({ id: posts.id, at: posts.at })
      .from(posts)
      .where(eq(posts.authorId, sql.placeholder("author")))
      .prepare();
    return [
      await prepared.all({ author: 1 }),
      await prepared.all({ author: 2 }),
      await prepared.get({ author: 1 }),
      await prepared.values({ author: 2 }),
    ];
  },
  "dynamic building": (db) =>
    db
      .select({ id: posts.id })
      .from(posts)
      .$dynamic()
      .where(eq(posts.status, "published"))
      .orderBy(posts.id)
      .limit(10),
  "raw: all": (db) => db.all(sql`select id, title, cover from ${posts} where ${posts.id} = ${1}`),
  "raw: get": (db) => db.get(sql`select count(*) as n from ${posts}`),
  "raw: values": (db) => db.values(sql`select id, rating, price, at from ${posts} order by id`),
  "raw: run of a select": async (db) => (await db.run(sql`select name from ${tags} order by id`)).results,
  "raw: a case and a window function": (db) =>
    db.all(sql`
      select id, case when views > 5 then 'busy' else 'quiet' end as kind,
        row_number() over (partition by author_id order by id) as place
      from ${posts} order by id`),
  "raw: a recursive expression": (db) =>
    db.all(sql`
      with recursive chain (id, depth) as (
        select id, 0 from ${authors} where manager_id is null
        union all select a.id, depth + 1 from ${authors} a join chain on a.manager_id = chain.id
      ) select * from chain order by id`),
  "raw: JSON functions": (db) =>
    db.all(sql`select id, json_extract(meta, '$.a') as a, meta ->> '$' as whole from ${posts} order by id`),
  "one statement by each method": async (db) => {
    const one = sql`select id, name from ${tags} where id <= ${2} order by id`;
    return [await db.all(one), await db.values(one), await db.get(one), (await db.run(one)).results];
  },
  "a reader that changes what it is given": async (db) => {
    const given = [
      await db.all<{ name: string }>(sql`select name, id from ${tags} order by name`),
      await db.values<[string]>(sql`select name from ${tags} order by name`),
    ] as const;
    const before = structuredClone(given);
    for (const row of given[0]) row.name = "changed";
    for (const row of given[1]) row[0] = "changed";
    for (const rows of given) rows.pop();
    return before;
  },
  "two columns of one name": (db) =>
    db.values(sql`select a.id, p.id from ${authors} a join ${posts} p on p.author_id = a.id order by 1, 2`),
};
