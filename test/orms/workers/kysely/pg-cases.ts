import { type Generated, type GeneratedAlways, type Kysely, sql } from "kysely";
import { jsonArrayFrom, jsonObjectFrom } from "kysely/helpers/postgres";
import type { Cases } from "../../compare.ts";

export interface Database {
  authors: {
    id: Generated<number>;
    name: string;
    email: string;
    active: Generated<boolean>;
    manager_id: number | null;
  };
  posts: {
    id: Generated<string>;
    author_id: number;
    title: string;
    status: Generated<"draft" | "published" | "archived">;
    views: Generated<string>;
    rating: number | null;
    price: string | null;
    at: Date;
    document: unknown;
    words: string[] | null;
    picture: Uint8Array | null;
    title_length: GeneratedAlways<number>;
  };
  tags: { id: number; name: string };
  posts_tags: { post_id: string; tag_id: number };
  published: { id: string; title: string; author: string };
}
type Db = Kysely<Database>;

const at = (round: number) => new Date(1_767_323_045_678 + round);

const reads: Cases<Db>["reads"] = {
  "select: all": (db) => db.selectFrom("posts").selectAll().orderBy("id").execute(),
  "select: distinct on": (db) =>
    db
      .selectFrom("posts")
      .select(["author_id", "id"])
      .distinctOn("author_id")
      .orderBy("author_id")
      .orderBy("id")
      .execute(),
  executeTakeFirst: (db) => db.selectFrom("authors").selectAll().where("id", "=", 1).executeTakeFirst(),
  "where: and, or, ilike, any": (db) =>
    db
      .selectFrom("posts")
      .select("id")
      .where((eb) => eb.or([eb("title", "ilike", "%IR%"), eb("status", "=", "draft")]))
      .where((eb) => eb("author_id", "=", eb.fn.any(sql<number[]>`${[1, 2]}::int[]`)))
      .orderBy("id")
      .execute(),
  "where: a date": (db) =>
    db.selectFrom("posts").select("id").where("at", ">=", at(-1_000)).orderBy("id").execute(),
  "joins, and an aggregate with a filter": (db) =>
    db
      .selectFrom("authors")
      .leftJoin("posts", "posts.author_id", "authors.id")
      .select((eb) => [
        "authors.id",
        eb.fn.count<string>("posts.id").as("posts"),
        eb.fn.count<string>("posts.id").filterWhere("status", "=", "draft").as("drafts"),
        eb.fn.sum<string>("views").as("views"),
      ])
      .groupBy("authors.id")
      .orderBy("authors.id")
      .execute(),
  "joins: lateral": (db) =>
    db
      .selectFrom("authors")
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom("posts")
            .select("title")
            .whereRef("author_id", "=", "authors.id")
            .orderBy("posts.id", "desc")
            .limit(1)
            .as("latest"),
        (join) => join.onTrue(),
      )
      .select(["name", "title"])
      .orderBy("authors.id")
      .execute(),
  "with, over, case": (db) =>
    db
      .with("ranked", (qb) =>
        qb.selectFrom("posts").select((eb) => [
          "id",
          eb.fn
            .agg<string>("rank")
            .over((ob) => ob.partitionBy("author_id").orderBy("views", "desc"))
            .as("rank"),
          eb.case().when("views", ">", "5").then("busy").else("quiet").end().as("kind"),
        ]),
      )
      .selectFrom("ranked")
      .selectAll()
      .orderBy("id")
      .execute(),
  "set operations": (db) =>
    db
      .selectFrom("authors")
      .select("name")
      .union(db.selectFrom("tags").select("name"))
      .except(db.selectFrom("tags").select("name").where("id", "=", 2))
      .orderBy("name")
      .execute(),
  "subqueries: exists": (db) =>
    db
      .selectFrom("authors")
      .select("id")
      .where(({ exists, selectFrom }) =>
        exists(selectFrom("posts").select("posts.id").whereRef("author_id", "=", "authors.id")),
      )
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
            .select(["posts.id", "posts.at"])
            .whereRef("author_id", "=", "a.id")
            .orderBy("posts.id"),
        ).as("posts"),
        jsonObjectFrom(
          eb.selectFrom("authors as m").select("m.name").whereRef("m.id", "=", "a.manager_id"),
        ).as("manager"),
      ])
      .orderBy("a.id")
      .execute(),
  "a view": (db) => db.selectFrom("published").selectAll().orderBy("id").execute(),
  raw: (db) =>
    sql`select id, ${sql.ref("words")} from ${sql.table("posts")} where views >= ${5} order by id`.execute(
      db,
    ),
  "on one connection": (db) =>
    db
      .connection()
      .execute(async (one) => [
        await one.selectFrom("tags").selectAll().orderBy("id").execute(),
        await one.selectFrom("authors").select("name").orderBy("id").execute(),
      ]),
};

const passing: Cases<Db>["passing"] = {
  "a transaction": (db) =>
    db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((trx) => trx.selectFrom("tags").selectAll().orderBy("id").execute()),
  "for update": (db) => db.selectFrom("tags").selectAll().where("id", "=", 1).forUpdate().execute(),
  "no table": (db) => db.selectNoFrom((eb) => eb.val(1).as("one")).execute(),
  "the time": async (db) => (await sql`select id from posts where day < now()`.execute(db)).rows.length,
  introspection: async (db) =>
    (await db.introspection.getTables())
      .map(({ name }) => name)
      .filter((name) => /^(authors|posts|tags)$/.test(name)),
};

const writes: Cases<Db>["writes"] = {
  "insert returning": (db, round) =>
    db
      .insertInto("posts")
      .values({
        author_id: 3,
        title: `New ${round}`,
        rating: 0.1 + 0.2,
        price: "3.14",
        at: at(round),
        document: JSON.stringify({ round }),
        words: ["a", 'b"c'],
        picture: Buffer.from([0, 255, round]),
      })
      .returningAll()
      .execute(),
  insert: (db, round) =>
    db
      .insertInto("authors")
      .values({ name: "Eve", email: `eve${round}@example.org`, manager_id: 1 })
      .executeTakeFirst(),
  "insert: on conflict": (db, round) =>
    db
      .insertInto("tags")
      .values({ id: 1, name: "sql" })
      .onConflict((oc) => oc.column("id").doUpdateSet({ name: `sql${round}` }))
      .returningAll()
      .execute(),
  "insert that breaks a constraint": (db) => db.insertInto("tags").values({ id: 1, name: "x" }).execute(),
  "update from": (db, round) =>
    db
      .updateTable("posts")
      .from("authors")
      .set({ rating: round })
      .whereRef("posts.author_id", "=", "authors.id")
      .where("authors.name", "=", "Ben")
      .executeTakeFirst(),
  merge: (db, round) =>
    db
      .mergeInto("tags")
      .using("authors", "authors.id", "tags.id")
      .whenMatchedAnd("tags.id", "=", 2)
      .thenUpdateSet({ name: `cache${round}` })
      .executeTakeFirst(),
  "a transaction": (db, round) =>
    db.transaction().execute(async (trx) => {
      await trx
        .updateTable("authors")
        .set({ name: `Ben ${round}` })
        .where("id", "=", 2)
        .execute();
      return await trx.selectFrom("authors").selectAll().orderBy("id").execute();
    }),
  "a transaction that is rolled back": (db, round) =>
    db.transaction().execute(async (trx) => {
      await trx
        .updateTable("tags")
        .set({ name: `gone${round}` })
        .where("id", "=", 3)
        .execute();
      throw new Error("rolled back");
    }),
  "a controlled transaction, with a savepoint": async (db, round) => {
    const trx = await db.startTransaction().execute();
    await trx
      .insertInto("tags")
      .values({ id: 400 + round, name: `kept${round}` })
      .execute();
    const after = await trx.savepoint("after").execute();
    await after
      .deleteFrom("tags")
      .execute()
      .catch(() => undefined);
    await after.rollbackToSavepoint("after").execute();
    await trx.commit().execute();
    return db.selectFrom("tags").selectAll().orderBy("id").execute();
  },
  "delete that cascades": (db) => db.deleteFrom("authors").where("id", "=", 4).executeTakeFirst(),
  "a row comes back": (db) =>
    db
      .insertInto("authors")
      .values({ id: 4, name: "Dörte", email: "d@example.org", manager_id: 2 })
      .execute(),
};

export const cases: Cases<Db> = { reads, passing, writes };
