import { and, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { Cases } from "../../compare.ts";
import type { Db } from "./d1-reads.ts";
import { authors, posts, postsTags, tags } from "./d1-schema.ts";

const at = (round: number) => new Date(1_767_323_045_678 + round);

export const writes: Cases<Db>["writes"] = {
  "insert, with one of every type": (db, round) =>
    db.insert(posts).values({
      authorId: 3,
      title: `New ${round}`,
      status: "published",
      views: round,
      rating: 0.1 + 0.2,
      price: "3.14",
      at: at(round),
      meta: { round, nested: [true, null] },
      document: [round],
      big: 2n ** 60n + BigInt(round),
      cover: Buffer.from([0, 255, round]),
    }),
  "insert returning": (db, round) =>
    db
      .insert(authors)
      .values({ name: "Eve", email: `eve${round}@example.org`, managerId: 1 })
      .returning(),
  "insert several, returning a column": (db, round) =>
    db
      .insert(tags)
      .values([
        { id: round * 10, name: `t${round}` },
        { id: round * 10 + 1, name: `u${round}` },
      ])
      .returning({ id: tags.id }),
  "insert: on conflict do nothing": (db) =>
    db.insert(tags).values({ id: 1, name: "other" }).onConflictDoNothing().returning(),
  "insert: on conflict do update": (db, round) =>
    db
      .insert(authors)
      .values({ id: 1, name: "Ann", email: "ann@example.org" })
      .onConflictDoUpdate({ target: authors.id, set: { name: `Ann ${round}` }, setWhere: gt(authors.id, 0) })
      .returning(),
  "insert: on conflict, of another row": (db, round) =>
    db
      .insert(posts)
      .values({ authorId: 1, title: "First", at: at(round), views: round })
      .onConflictDoUpdate({ target: [posts.authorId, posts.title], set: { views: sql`excluded.views` } }),
  "insert: from a select": (db, round) =>
    db.insert(postsTags).select(
      db
        .select({ postId: sql<number>`max(${posts.id})`.as("post_id"), tagId: sql<number>`3`.as("tag_id") })
        .from(posts)
        .where(lt(posts.id, 10_000 + round)),
    ),
  "insert or replace": (db, round) =>
    db.run(sql`insert or replace into ${tags} (id, name) values (2, ${`cache${round}`})`),
  "insert that breaks a constraint": (db) =>
    db.insert(authors).values({ name: "Twice", email: "ANN@example.org" }),
  update: (db, round) =>
    db
      .update(posts)
      .set({ title: `Second ${round}` })
      .where(eq(posts.id, 2)),
  "update returning, with an expression": (db) =>
    db
      .update(posts)
      .set({ views: sql`${posts.views} + 1` })
      .where(and(eq(posts.authorId, 1), lt(posts.views, 1_000)))
      .returning({ id: posts.id, views: posts.views }),
  "update from": (db, round) =>
    db
      .update(posts)
      .set({ rating: round })
      .from(authors)
      .where(and(eq(posts.authorId, authors.id), eq(authors.name, "Ben"))),
  "update of no row": (db) => db.update(posts).set({ views: 1 }).where(eq(posts.id, 99_999)).returning(),
  "update of a row's owner": (db, round) =>
    db
      .update(posts)
      .set({ authorId: 1 + (round % 3) })
      .where(eq(posts.id, 4)),
  "a batch of writes and reads": (db, round) =>
    db.batch([
      db
        .insert(tags)
        .values({ id: 500 + round, name: `batch${round}` })
        .returning(),
      db
        .update(tags)
        .set({ name: `batched${round}` })
        .where(eq(tags.id, 500 + round)),
      db.select().from(tags).where(gt(tags.id, 499)),
    ]),
  "a batch that fails is rolled back": (db, round) =>
    db.batch([
      db.insert(tags).values({ id: 700 + round, name: `gone${round}` }),
      db.insert(tags).values({ id: 1, name: "taken" }),
    ]),
  "a transaction, which D1 refuses": (db) => db.transaction((tx) => tx.select().from(tags)),
  "delete returning": (db) =>
    db
      .delete(tags)
      .where(inArray(tags.id, [10, 11, 150, 151]))
      .returning(),
  "delete that cascades": (db) => db.delete(authors).where(eq(authors.id, 3)),
  "a row comes back": (db) => db.insert(authors).values({ id: 3, name: "Cem", email: "cem@example.org" }),
};
