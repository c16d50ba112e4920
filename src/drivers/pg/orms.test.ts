import { PrismaPg } from "@prisma/adapter-pg";
import { sql as drizzleSql, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { customType, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { Kysely, PostgresDialect, sql } from "kysely";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CapturedPostgres, capturedPostgres } from "./testing/captured-postgres.ts";

let postgres: CapturedPostgres;
let bare: pg.Pool;

beforeAll(async () => {
  postgres = await capturedPostgres();
  bare = postgres.pool();
});
afterAll(() => postgres?.close());

beforeEach(async () => {
  await bare.query("truncate authors, posts");
  await bare.query("insert into authors values (1, 'Ada'), (2, 'Bob')");
  await bare.query(
    "insert into posts (id, author_id, title, made, bytes) values (1, 1, 'a', '2026-01-01 10:00+00', '\\x0001')",
  );
});

const authors = pgTable("authors", { id: integer().primaryKey(), name: text().notNull() });
const posts = pgTable("posts", {
  id: integer().primaryKey(),
  authorId: integer("author_id"),
  title: text(),
  made: timestamp({ withTimezone: true }),
  bytes: customType<{ data: Buffer }>({ dataType: () => "bytea" })(),
});

test("Drizzle gets the same from a pool that caches, sees its own writes, and transactions are the database's", async () => {
  const { pool, outcomes } = postgres.cached(bare, { freshness: "1h", name: "drizzle" });
  const [cached, plain] = [drizzle({ client: pool }), drizzle({ client: bare })];
  const questions: ((db: typeof plain) => Promise<unknown>)[] = [
    (db) => db.select().from(posts).where(eq(posts.authorId, 1)),
    (db) => db.select().from(posts).leftJoin(authors, eq(posts.authorId, authors.id)),
    (db) =>
      db.select({ id: posts.id, count: drizzleSql<number>`count(*)::int` }).from(posts).groupBy(posts.id),
    (db) => db.$count(authors),
    (db) => db.execute(drizzleSql`select name from ${authors} order by id`).then(({ rows }) => rows),
  ];
  const expectSame = async () => {
    for (const ask of questions) expect(await ask(cached)).toEqual(await ask(plain));
  };
  await expectSame();
  outcomes();
  await expectSame();
  expect(new Set(outcomes())).toEqual(new Set(["hit"]));
  await cached
    .insert(posts)
    .values({ id: 2, authorId: 2, title: "b", made: new Date(0), bytes: Buffer.from([9]) });
  await expectSame();
  await cached.update(authors).set({ name: "Eve" }).where(eq(authors.id, 1)).returning();
  await expectSame();
  await cached
    .transaction(async (tx) => {
      await tx.insert(authors).values({ id: 3, name: "Cyd" });
      expect(await tx.$count(authors)).toBe(3);
      tx.rollback();
    })
    .catch(() => {});
  expect(await cached.$count(authors)).toBe(2);
  await expectSame();
});

interface Tables {
  readonly authors: { id: number; name: string };
  readonly posts: {
    id: string;
    author_id: number | null;
    title: string | null;
    made: Date | null;
    bytes: Buffer | null;
  };
}

test.each([false, true])(
  "Kysely gets the same from a pool that caches (lazyConnect: %s)",
  async (lazyConnect) => {
    const name = `kysely ${lazyConnect}`;
    const { pool, outcomes } = postgres.cached(bare, { freshness: "1h", name, lazyConnect });
    const [cached, plain] = [pool, bare].map(
      (each) => new Kysely<Tables>({ dialect: new PostgresDialect({ pool: each }) }),
    );
    const questions: ((db: Kysely<Tables>) => Promise<unknown>)[] = [
      (db) => db.selectFrom("posts").selectAll().where("author_id", "=", 1).execute(),
      (db) =>
        db
          .selectFrom("posts as p")
          .innerJoin("authors as a", "a.id", "p.author_id")
          .select(["p.title", "a.name"])
          .execute(),
      (db) =>
        db
          .selectFrom("authors")
          .select((eb) => eb.fn.countAll().as("n"))
          .executeTakeFirst(),
      (db) => sql`select upper(name) from authors order by id`.execute(db),
    ];
    const expectSame = async () => {
      for (const ask of questions)
        expect(await ask(cached as Kysely<Tables>)).toEqual(await ask(plain as Kysely<Tables>));
    };
    await expectSame();
    let borrowed = 0;
    const count = () => borrowed++;
    bare.on("acquire", count);
    outcomes();
    for (const ask of questions) await ask(cached as Kysely<Tables>);
    bare.off("acquire", count);
    expect(outcomes()).toEqual(questions.map(() => "hit"));
    expect(borrowed).toBe(lazyConnect ? 0 : questions.length);
    await cached?.insertInto("authors").values({ id: 3, name: "Cyd" }).execute();
    await expectSame();
    await cached?.transaction().execute(async (trx) => {
      await trx.updateTable("authors").set({ name: "Dan" }).where("id", "=", 3).execute();
      expect(await trx.selectFrom("authors").select("name").where("id", "=", 3).execute()).toEqual([
        { name: "Dan" },
      ]);
    });
    await expectSame();
    await expect(cached?.selectFrom("posts").select(sql`nothing`.as("n")).execute()).rejects.toThrow(
      "nothing",
    );
    expect(bare.idleCount).toBe(bare.totalCount);
  },
);

test("Prisma's adapter gets the same from a pool that caches, and its transactions are the database's", async () => {
  const { pool, outcomes } = postgres.cached(bare, { freshness: "1h", name: "prisma" });
  const [cached, plain] = [await new PrismaPg(pool).connect(), await new PrismaPg(bare).connect()];
  const scalar = (scalarType: "int" | "string") => ({ scalarType, arity: "scalar" as const });
  const questions = [
    {
      sql: 'SELECT "public"."posts"."id", "public"."posts"."made", "public"."posts"."bytes", "public"."posts"."data" FROM "public"."posts" WHERE ("public"."posts"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3',
      args: [1, 1, 0],
    },
    {
      sql: 'SELECT "public"."authors"."id", "public"."authors"."name" FROM "public"."authors" WHERE 1=1 ORDER BY "public"."authors"."id" ASC OFFSET $1',
      args: [0],
    },
    {
      sql: 'SELECT COUNT(*) AS "_count._all" FROM (SELECT "public"."authors"."id" FROM "public"."authors" WHERE 1=1 OFFSET $1) AS "sub"',
      args: [0],
    },
  ].map(({ sql, args }) => ({ sql, args, argTypes: args.map(() => scalar("int")) }));
  const expectSame = async () => {
    for (const question of questions) {
      expect(await cached.queryRaw(question)).toEqual(await plain.queryRaw(question));
    }
  };
  await expectSame();
  outcomes();
  await expectSame();
  expect(outcomes()).toEqual(["hit", "hit", "hit"]);
  const insert = {
    sql: "INSERT INTO authors (id, name) VALUES ($1, $2)",
    args: [3, "Cyd"],
    argTypes: [scalar("int"), scalar("string")],
  };
  expect(await cached.executeRaw(insert)).toBe(1);
  await expectSame();
  const transaction = await cached.startTransaction();
  await transaction.executeRaw({ ...insert, args: [4, "Dan"] });
  expect((await transaction.queryRaw(questions[1] as (typeof questions)[number])).rows).toHaveLength(4);
  // As Prisma's engine does: the adapter only gives the connection back.
  await transaction.executeRaw({ sql: "ROLLBACK", args: [], argTypes: [] });
  await transaction.rollback();
  await expectSame();
});
