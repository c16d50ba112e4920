import { type Generated, type GeneratedAlways, type Kysely, sql } from "kysely";
import { jsonArrayFrom, jsonBuildObject, jsonObjectFrom } from "kysely/helpers/sqlite";
import type { Cases } from "../../compare.ts";

export interface Database {
  authors: {
    id: Generated<number>;
    name: string;
    email: string;
    active: Generated<number>;
    manager_id: number | null;
  };
  posts: {
    id: Generated<number>;
    author_id: number;
    title: string;
    status: Generated<string>;
    views: Generated<number>;
    rating: number | null;
    price: string | number | null;
    at: number;
    meta: string | null;
    document: ArrayBuffer | null;
    big: ArrayBuffer | null;
    cover: ArrayBuffer | null;
    title_length: GeneratedAlways<number>;
  };
  tags: { id: number; name: string };
  posts_tags: { post_id: number; tag_id: number };
  published: { id: number; title: string; author: string };
}
export type Db = Kysely<Database>;

export const reads: Cases<Db>["reads"] = {
  "select: all": (db) => db.selectFrom("posts").selectAll().execute(),
  "select: columns, aliased": (db) =>
    db.selectFrom("posts as p").select(["p.id", "p.title as headline", "p.cover"]).execute(),
  "select: an expression": (db) =>
    db
      .selectFrom("authors")
      .select((eb) => [eb.fn<string>("upper", ["name"]).as("shout"), eb("id", "+", 1).as("next")])
      .execute(),
  "select: distinct": (db) => db.selectFrom("posts").select("status").distinct().orderBy("status").execute(),
  executeTakeFirst: (db) => db.selectFrom("authors").selectAll().where("id", "=", 1).executeTakeFirst(),
  "executeTakeFirst of none": (db) =>
    db.selectFrom("authors").selectAll().where("id", "=", 99).executeTakeFirst(),
  executeTakeFirstOrThrow: (db) =>
    db.selectFrom("authors").select("name").where("id", "=", 2).executeTakeFirstOrThrow(),
  "where: and, or, not": (db) =>
    db
      .selectFrom("posts")
      .selectAll()
      .where((eb) =>
        eb.and([eb.or([eb("status", "=", "draft"), eb("views", ">", 5)]), eb.not(eb("author_id", "=", 3))]),
      )
      .execute(),
  "where: in, between, like, is": (db) =>
    db
      .selectFrom("posts")
      .select("id")
      .where("id", "in", [1, 2, 3])
      .where((eb) => eb.between("views", 0, 100))
      .where("title", "like", "%s%")
      .where("meta", "is not", null)
      .execute(),
  "where: a tuple": (db) =>
    db
      .selectFrom("posts")
      .select("id")
      .where(({ eb, refTuple, tuple }) => eb(refTuple("author_id", "status"), "in", [tuple(1, "draft")]))
      .execute(),
  "where: a reference": (db) =>
    db
      .selectFrom("authors as a")
      .innerJoin("authors as m", "m.id", "a.manager_id")
      .whereRef("a.id", ">", "m.id")
      .select("a.name")
      .execute(),
  "order, limit, offset": (db) =>
    db.selectFrom("posts").select("id").orderBy("status", "desc").orderBy("id").limit(2).offset(1).execute(),
  "joins: inner and left": (db) =>
    db
      .selectFrom("authors")
      .leftJoin("posts", "posts.author_id", "authors.id")
      .select(["authors.id as author", "posts.id as post"])
      .orderBy("authors.id")
      .orderBy("posts.id")
      .execute(),
  "joins: with a condition": (db) =>
    db
      .selectFrom("authors")
      .leftJoin("posts", (join) =>
        join.onRef("posts.author_id", "=", "authors.id").on("posts.status", "=", "published"),
      )
      .select(["name", "title"])
      .orderBy("authors.id")
      .execute(),
  "joins: of a subquery": (db) =>
    db
      .selectFrom("authors")
      .innerJoin(
        (eb) =>
          eb
            .selectFrom("posts")
            .select(({ fn }) => ["author_id", fn.countAll<number>().as("n")])
            .groupBy("author_id")
            .as("counted"),
        (join) => join.onRef("counted.author_id", "=", "authors.id"),
      )
      .select(["name", "n"])
      .orderBy("authors.id")
      .execute(),
  aggregates: (db) =>
    db
      .selectFrom("posts")
      .select(({ fn }) => [
        fn.countAll<number>().as("all"),
        fn.count<number>("rating").distinct().as("ratings"),
        fn.sum<number>("views").as("views"),
        fn.avg<number>("rating").as("rating"),
        fn.min("at").as("first"),
        fn.max("title").as("last"),
        fn.coalesce("status", sql.lit("none")).as("status"),
      ])
      .groupBy("status")
      .having((eb) => eb.fn.countAll(), ">", 0)
      .orderBy("status")
      .execute(),
  "aggregates: filter": (db) =>
    db
      .selectFrom("posts")
      .select((eb) => eb.fn.count<number>("id").filterWhere("status", "=", "draft").as("drafts"))
      .executeTakeFirstOrThrow(),
  case: (db) =>
    db
      .selectFrom("posts")
      .select((eb) => ["id", eb.case().when("views", ">", 5).then("busy").else("quiet").end().as("kind")])
      .orderBy("id")
      .execute(),
  over: (db) =>
    db
      .selectFrom("posts")
      .select((eb) => [
        "id",
        eb.fn
          .agg<number>("row_number")
          .over((ob) => ob.partitionBy("author_id").orderBy("id"))
          .as("place"),
      ])
      .orderBy("id")
      .execute(),
  with: (db) =>
    db
      .with("busy", (qb) => qb.selectFrom("posts").select(["id", "author_id"]).where("views", ">", 5))
      .with("names", (qb) => qb.selectFrom("authors").select(["id", "name"]))
      .selectFrom("busy")
      .innerJoin("names", "names.id", "busy.author_id")
      .select(["busy.id", "name"])
      .orderBy("busy.id")
      .execute(),
  "with recursive": (db) =>
    db
      .withRecursive("chain(id, depth)", (qb) =>
        qb
          .selectFrom("authors")
          .select(["id", sql<number>`0`.as("depth")])
          .where("manager_id", "is", null)
          .unionAll(
            qb
              .selectFrom("authors")
              .innerJoin("chain", "chain.id", "authors.manager_id")
              .select(["authors.id", sql<number>`depth + 1`.as("depth")]),
          ),
      )
      .selectFrom("chain")
      .selectAll()
      .orderBy("id")
      .execute(),
  "set operations: union": (db) =>
    db
      .selectFrom("authors")
      .select("name")
      .union(db.selectFrom("tags").select("name"))
      .orderBy("name")
      .execute(),
  "set operations: except and intersect": (db) =>
    db
      .selectFrom("authors")
      .select("id")
      .intersect(db.selectFrom("posts").select("author_id as id"))
      .except(db.selectFrom("tags").select("id").where("id", "=", 2))
      .execute(),
  "subqueries: in and exists": (db) =>
    db
      .selectFrom("authors")
      .select("id")
      .where("id", "in", (eb) => eb.selectFrom("posts").select("author_id"))
      .where(({ exists, selectFrom }) =>
        exists(selectFrom("posts").select("posts.id").whereRef("posts.author_id", "=", "authors.id")),
      )
      .execute(),
  "subqueries: a scalar": (db) =>
    db
      .selectFrom("authors")
      .select((eb) => [
        "name",
        eb
          .selectFrom("posts")
          .whereRef("posts.author_id", "=", "authors.id")
          .select((post) => post.fn.countAll<number>().as("n"))
          .as("posts"),
      ])
      .orderBy("id")
      .execute(),
  "relations: jsonArrayFrom and jsonObjectFrom": (db) =>
    db
      .selectFrom("authors as a")
      .select((eb) => [
        "a.id",
        jsonArrayFrom(
          eb
            .selectFrom("posts")
            .select(["posts.id", "posts.title"])
            .whereRef("posts.author_id", "=", "a.id")
            .orderBy("posts.id"),
        ).as("posts"),
        jsonObjectFrom(
          eb.selectFrom("authors as m").select("m.name").whereRef("m.id", "=", "a.manager_id"),
        ).as("manager"),
        jsonBuildObject({ name: eb.ref("a.name") }).as("self"),
      ])
      .orderBy("a.id")
      .execute(),
  "JSON references": (db) =>
    db.selectFrom("posts").select(sql`meta ->> '$.a'`.as("a")).where("id", "=", 1).execute(),
  "a view": (db) => db.selectFrom("published").selectAll().orderBy("id").execute(),
  $if: (db) =>
    db
      .selectFrom("authors")
      .select("id")
      .$if(true, (qb) => qb.select("email"))
      .execute(),
  // The dialect gives the connection's last row id with reads, too: it is of whatever was written last.
  raw: async (db) =>
    (await sql`select ${sql.ref("id")} from ${sql.table("posts")} where views >= ${5}`.execute(db)).rows,
  "a compiled query": async (db) =>
    (await db.executeQuery(db.selectFrom("tags").selectAll().orderBy("id").compile())).rows,
};

export const passing: Cases<Db>["passing"] = {
  "executeTakeFirstOrThrow of none": (db) =>
    db
      .selectFrom("authors")
      .selectAll()
      .where("id", "=", sql<number>`99 + 0 * random()`)
      .executeTakeFirstOrThrow(),
  "no table": (db) => db.selectNoFrom((eb) => eb.val(1).as("one")).execute(),
  "a stream, which the dialect refuses": async (db) => {
    for await (const row of db.selectFrom("authors").selectAll().stream()) return row;
  },
  introspection: async (db) =>
    (await db.introspection.getTables())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("_"))
      .slice(0, 3),
  "a column that does not exist": (db) => sql`select nothing from posts`.execute(db),
};
