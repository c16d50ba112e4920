import { and, eq, gt, sql } from "drizzle-orm";
import type { Cases } from "../../compare.ts";
import type { Db } from "./pg-reads.ts";
import { authors, posts, postsTags, tags } from "./pg-schema.ts";

const at = (round: number) => new Date(1_767_323_045_678 + round);

export const writes: Cases<Db>["writes"] = {
  "insert, with one of every type": (db, round) =>
    db
      .insert(posts)
      .values({
        authorId: 3,
        title: `New ${round}`,
        status: "published",
        views: 2n ** 60n + BigInt(round),
        rating: 0.1 + 0.2,
        price: "3.14",
        key: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        at: at(round),
        local: "2026-01-02 03:04:05.678",
        day: "2026-01-02",
        span: "2 days",
        meta: { round, nested: [true, null] },
        document: [round],
        words: ["a", 'b"c'],
        numbers: [round],
        picture: new Uint8Array([0, 255, round]),
      })
      .returning(),
  "insert: on conflict do nothing": (db) =>
    db.insert(tags).values({ id: 1, name: "other" }).onConflictDoNothing().returning(),
  "insert: on conflict do update": (db, round) =>
    db
      .insert(authors)
      .values({ id: 1, name: "Ann", email: "ann@example.org" })
      .onConflictDoUpdate({ target: authors.id, set: { name: `Ann ${round}` } })
      .returning(),
  "insert that breaks a constraint": (db) => db.insert(tags).values({ id: 77, name: "sql" }),
  "update returning, with an expression": (db) =>
    db
      .update(posts)
      .set({ views: sql`${posts.views} + 1` })
      .where(eq(posts.authorId, 1))
      .returning({ id: posts.id, views: posts.views }),
  "update from": (db, round) =>
    db
      .update(posts)
      .set({ rating: round })
      .from(authors)
      .where(and(eq(posts.authorId, authors.id), eq(authors.name, "Ben"))),
  "update of a row's owner": (db, round) =>
    db
      .update(posts)
      .set({ authorId: 1 + (round % 3) })
      .where(eq(posts.id, 4)),
  "with an insert": async (db, round) =>
    (
      await db.execute(sql`
        with made as (insert into tags (id, name) values (${100 + round}, ${`t${round}`}) returning *) select * from made`)
    ).rows,
  "a transaction": (db, round) =>
    db.transaction(async (tx) => {
      await tx
        .update(tags)
        .set({ name: `cache${round}` })
        .where(eq(tags.id, 2));
      return await tx.select().from(tags).orderBy(tags.id);
    }),
  "a transaction that is rolled back": (db, round) =>
    db.transaction(async (tx) => {
      await tx.update(authors).set({ name: `nobody${round}` });
      await tx.select().from(authors);
      tx.rollback();
    }),
  "a nested transaction": (db, round) =>
    db.transaction(async (tx) => {
      await tx.insert(tags).values({ id: 300 + round, name: `outer${round}` });
      await tx
        .transaction(async (inner) => {
          await inner.insert(tags).values({ id: 1, name: "taken" });
        })
        .catch(() => undefined);
      return tx.select().from(tags).orderBy(tags.id);
    }),
  "delete returning": (db) => db.delete(tags).where(gt(tags.id, 300)).returning(),
  "delete that cascades": (db) => db.delete(authors).where(eq(authors.id, 3)),
  "a row comes back": (db) => db.insert(authors).values({ id: 3, name: "Cem", email: "cem@example.org" }),
  truncate: async (db) => (await db.execute(sql`truncate posts_tags`)).command,
  "tags come back": (db) =>
    db.insert(postsTags).values([
      { postId: 1, tagId: 1 },
      { postId: 1, tagId: 2 },
    ]),
};
