import { count, eq, sql } from "drizzle-orm";
import type { Cases } from "../../compare.ts";
import type { Db } from "./d1-reads.ts";
import { authors, posts } from "./d1-schema.ts";

export const passing: Cases<Db>["passing"] = {
  "a random order": async (db) =>
    (await db.select({ id: posts.id }).from(posts).orderBy(sql`random()`)).length,
  "the time": async (db) => (await db.all(sql`select id from ${posts} where at < unixepoch() * 1000`)).length,
  "no table": (db) => db.get(sql`select 1 as one`),
  "a table that does not exist": (db) => db.all(sql`select * from nothing`),
  "not SQL": (db) => db.all(sql`selec 1`),
  "a batch": (db) =>
    db.batch([
      db.select().from(posts).where(eq(posts.id, 1)),
      db.select({ n: count() }).from(authors),
      db.query.tags.findMany({ with: { postsTags: true } }),
    ]),
};
