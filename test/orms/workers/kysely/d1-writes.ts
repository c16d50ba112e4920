import { sql } from "kysely";
import type { Cases } from "../../compare.ts";
import type { Db } from "./d1-reads.ts";

export const writes: Cases<Db>["writes"] = {
  insert: (db, round) =>
    db
      .insertInto("posts")
      .values({
        author_id: 3,
        title: `New ${round}`,
        rating: 0.1 + 0.2,
        price: "3.14",
        at: 1_767_323_045_678,
        meta: JSON.stringify({ round }),
        cover: new Uint8Array([0, 255, round]).buffer,
      })
      .execute(),
  "insert: executeTakeFirst": (db, round) =>
    db
      .insertInto("authors")
      .values({ name: "Eve", email: `eve${round}@example.org`, manager_id: 1 })
      .executeTakeFirst(),
  "insert returning": (db, round) =>
    db
      .insertInto("tags")
      .values([{ id: round * 10, name: `t${round}` }])
      .returningAll()
      .execute(),
  "insert: on conflict do nothing": (db) =>
    db
      .insertInto("tags")
      .values({ id: 1, name: "x" })
      .onConflict((oc) => oc.doNothing())
      .executeTakeFirst(),
  "insert: on conflict do update": (db, round) =>
    db
      .insertInto("authors")
      .values({ id: 1, name: "Ann", email: "ann@example.org", manager_id: null })
      .onConflict((oc) =>
        oc
          .column("id")
          .doUpdateSet({ name: `Ann ${round}` })
          .where("authors.active", "=", 1),
      )
      .returning(["id", "name"])
      .executeTakeFirst(),
  "insert: from a select": (db, round) =>
    db
      .insertInto("posts_tags")
      .columns(["post_id", "tag_id"])
      .expression((eb) =>
        eb
          .selectFrom("posts")
          .select((p) => [p.fn.max("id").as("post_id"), sql<number>`3`.as("tag_id")])
          .where("id", "<", 10_000 + round),
      )
      .execute(),
  "insert or replace": (db, round) =>
    db
      .insertInto("tags")
      .orReplace()
      .values({ id: 2, name: `cache${round}` })
      .execute(),
  "insert that breaks a constraint": (db) => db.insertInto("tags").values({ id: 77, name: "sql" }).execute(),
  update: (db, round) =>
    db
      .updateTable("posts")
      .set({ title: `Second ${round}` })
      .where("id", "=", 2)
      .executeTakeFirst(),
  "update returning, with an expression": (db) =>
    db
      .updateTable("posts")
      .set((eb) => ({ views: eb("views", "+", 1) }))
      .where("author_id", "=", 1)
      .returning(["id", "views"])
      .execute(),
  "update from": (db, round) =>
    db
      .updateTable("posts")
      .from("authors")
      .set({ rating: round })
      .whereRef("posts.author_id", "=", "authors.id")
      .where("authors.name", "=", "Ben")
      .execute(),
  "with an update": (db, round) =>
    db
      .with("busy", (qb) => qb.selectFrom("posts").select("id").where("views", ">", 5))
      .updateTable("posts")
      .set({ status: round % 2 ? "archived" : "published" })
      .where("id", "in", (eb) => eb.selectFrom("busy").select("id"))
      .execute(),
  "raw update": (db, round) => sql`update authors set name = ${`Cem ${round}`} where id = 3`.execute(db),
  "a transaction, which the dialect refuses": (db) =>
    db.transaction().execute((trx) => trx.selectFrom("tags").selectAll().execute()),
  "delete returning": (db, round) =>
    db
      .deleteFrom("tags")
      .where("id", "=", round * 10 - 10)
      .returning("name")
      .execute(),
  "delete that cascades": (db) => db.deleteFrom("authors").where("id", "=", 4).executeTakeFirst(),
  "a row comes back": (db) =>
    db
      .insertInto("authors")
      .values({ id: 4, name: "Dörte", email: "d@example.org", manager_id: 2 })
      .execute(),
};
