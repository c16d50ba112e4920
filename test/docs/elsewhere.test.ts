import { eq, exists, inArray, relations, sql } from "drizzle-orm";
import { Cache } from "drizzle-orm/cache/core";
import { drizzle } from "drizzle-orm/d1";
import { integer, sqliteTable, sqliteView } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { textOf } from "../design/pages.ts";

// What docs/library/comparison.md says that Drizzle's cache is told, of the Drizzle that is installed.

const a = sqliteTable("a", { id: integer().primaryKey() });
const b = sqliteTable("b", { id: integer().primaryKey(), a: integer() });
const view = sqliteView("view_of_b").as((query) => query.select({ id: b.id }).from(b));
const ofA = relations(a, ({ many }) => ({ bs: many(b) }));
const ofB = relations(b, ({ one }) => ({ one: one(a, { fields: [b.a], references: [a.id] }) }));

/** Tables by their names, or "not asked". */
let told: readonly string[] | "not asked";
/** What has happened, in order. */
const happened: string[] = [];

class ToldCache extends Cache {
  strategy() {
    return "all" as const;
  }
  async get(_key: string, tables: string[]) {
    told = tables;
    return undefined;
  }
  async put() {
    happened.push("put");
  }
  async onMutate({ tables }: { tables?: unknown }) {
    happened.push("forget");
    told = [tables].flat().map((table) => (table === a ? "a" : String(table)));
  }
}

const statement = {
  bind: () => statement,
  raw: async () => [],
  all: async () => ({ results: [] }),
  async run() {
    await Promise.resolve();
    happened.push("written");
    return {};
  },
};
const database = { prepare: () => statement, batch: async () => [{ results: [] }] };
const db = drizzle(database as unknown as Parameters<typeof drizzle>[0], {
  cache: new ToldCache(),
  schema: { a, b, ofA, ofB },
});

async function toldOf(query: () => PromiseLike<unknown>) {
  told = "not asked";
  await query();
  return told;
}

test("Drizzle's cache is told what the table says of it", async () => {
  const cte = db.$with("cte").as(db.select().from(b));
  const seen = {
    join: await toldOf(() => db.select().from(a).innerJoin(b, eq(a.id, b.a))),
    in: await toldOf(() =>
      db
        .select()
        .from(a)
        .where(inArray(a.id, db.select({ a: b.a }).from(b))),
    ),
    exists: await toldOf(() =>
      db
        .select()
        .from(a)
        .where(exists(db.select().from(b))),
    ),
    column: await toldOf(() => db.select({ n: sql`(select count(*) from b)` }).from(a)),
    union: await toldOf(() =>
      db
        .select()
        .from(a)
        .union(db.select({ id: b.id }).from(b)),
    ),
    cte: await toldOf(() => db.with(cte).select().from(cte)),
    view: await toldOf(() => db.select().from(view)),
    relational: await toldOf(() => db.query.a.findMany({ with: { bs: true } })),
    raw: await toldOf(() => db.all(sql`select 1`)),
    delete: await toldOf(() => db.delete(a)),
    rawWrite: await toldOf(() => db.run(sql`delete from a`)),
    batch: await toldOf(() => db.batch([db.delete(a)])),
  };
  expect(seen).toEqual({
    join: ["a", "b"],
    in: ["a"],
    exists: ["a"],
    column: ["a"],
    union: ["a"],
    cte: [],
    view: [],
    relational: "not asked",
    raw: "not asked",
    delete: ["a"],
    rawWrite: "not asked",
    batch: "not asked",
  });
});

test("it forgets before the write has ended, and stores what is read in a transaction", async () => {
  happened.length = 0;
  await db.delete(a);
  await db.transaction((tx) => tx.select().from(a));
  expect(happened.indexOf("forget")).toBeLessThan(happened.indexOf("written"));
  expect(happened).toContain("put");
});

test("the page names the version that this was tried with", () => {
  const { version } = JSON.parse(textOf("node_modules/drizzle-orm/package.json")) as { version: string };
  expect(textOf("docs/library/comparison.md")).toContain(`Drizzle ${version}`);
});
