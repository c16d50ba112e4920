import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { d1Changes } from "../../rows/sources/d1-changes.ts";
import { CaptureDatabase } from "./testing/capture-database.ts";
import { type D1Laboratory, d1Laboratory } from "./testing/laboratory.ts";

// Rows written and read are billed. docs/d1.md gives these numbers.

let lab: D1Laboratory;
let database: CaptureDatabase;
beforeAll(async () => {
  lab = await d1Laboratory();
});
afterAll(() => lab?.dispose());
beforeEach(async () => {
  database = await CaptureDatabase.emptied(lab.database);
});

const SCHEMA = [
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, author INT, slug TEXT UNIQUE, views INT DEFAULT 0)",
  "CREATE INDEX authors ON posts (author)",
  "CREATE TABLE hits (at INT)",
];

const many = (count: number) =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n`;

/** A writer's statements, and what each costs: rows written without capture and with it, and what `meta.changes` says. */
const WRITES: readonly (readonly [statement: string, bare: number, captured: number, changes: number])[] = [
  ["INSERT INTO posts (author, slug) VALUES (7, 'a'), (7, 'b')", 6, 8, 4],
  ["UPDATE posts SET author = 8 WHERE id = 1", 2, 3, 2],
  ["UPDATE posts SET views = views + 1", 2, 2, 2],
  ["INSERT INTO posts (slug) VALUES ('a') ON CONFLICT (slug) DO UPDATE SET author = 9", 2, 4, 3],
  ["INSERT OR IGNORE INTO posts (slug) VALUES ('a')", 0, 1, 1],
  ["INSERT OR REPLACE INTO posts (id, slug) VALUES (1, 'a')", 3, 5, 3],
  ["DELETE FROM posts", 2, 4, 4],
  [`INSERT INTO hits ${many(100)}`, 100, 101, 101],
  ["DELETE FROM hits", 100, 101, 101],
];

test("what a write costs: a row for each row that changes, and one more for each that stands in the way of an insert", async () => {
  const cost = async (statements: readonly string[]) => {
    const costs: { written: number; changes: number }[] = [];
    for (const statement of statements) {
      const { meta } = await lab.database.prepare(statement).run();
      costs.push({ written: meta.rows_written, changes: meta.changes });
    }
    return costs;
  };
  const statements = WRITES.map(([statement]) => statement);
  await database.run(...SCHEMA);
  const bare = await cost(statements);
  database = await CaptureDatabase.emptied(lab.database);
  await database.run(...SCHEMA);
  await database.install({ follow: ["posts.author"], quiet: ["posts.views"], coarse: ["hits"] });
  const captured = await cost(statements);
  expect(
    statements.map((statement, index) => [
      statement,
      bare[index]?.written,
      captured[index]?.written,
      captured[index]?.changes,
    ]),
  ).toEqual(WRITES);
});

test("what a pull costs: a row read for each object of the schema, a few more, and nothing written", async () => {
  await database.run(...SCHEMA);
  await database.install({ follow: ["posts.author"] });
  const bills: { read: number; written: number }[] = [];
  const counting = {
    prepare: (sql: string) => lab.database.prepare(sql),
    batch: async (statements: ReturnType<typeof lab.database.prepare>[]) => {
      const results = await lab.database.batch<unknown>(statements);
      const sum = (member: "rows_read" | "rows_written") =>
        results.reduce((total, { meta }) => total + meta[member], 0);
      bills.push({ read: sum("rows_read"), written: sum("rows_written") });
      return results;
    },
  };
  const source = d1Changes(counting);
  const pull = async (since: string | null) =>
    (JSON.parse(await source.changes({ since, upto: null, after: null })) as { snapshot: string }).snapshot;
  await source.followed();
  const since = await pull(null);
  await database.run(`INSERT INTO posts (author) ${many(10)}`);
  bills.length = 0;
  await pull(await pull(since));
  const [{ objects } = { objects: 0 }] = await database.run("SELECT count(*) AS objects FROM sqlite_schema");
  const [busy, idle] = bills;
  expect([busy?.written, idle?.written]).toEqual([0, 0]);
  expect(idle?.read).toBeLessThan(Number(objects) + 12);
  expect(busy?.read).toBeLessThan((idle?.read ?? 0) + 15);
});
