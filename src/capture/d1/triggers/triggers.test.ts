import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ABANDONED_EVERY, KEEP_WHEN_ABANDONED_MS } from "../names.ts";
import type { D1CaptureOptions } from "../options.ts";
import { CaptureDatabase } from "../testing/capture-database.ts";
import { type D1Laboratory, d1Laboratory } from "../testing/laboratory.ts";

let lab: D1Laboratory;
let database: CaptureDatabase;
beforeAll(async () => {
  lab = await d1Laboratory();
});
afterAll(() => lab?.dispose());
beforeEach(async () => {
  database = await CaptureDatabase.emptied(lab.database);
});

/** Makes the schema, installs capture, and forgets what was written down so far. */
async function watched(schema: readonly string[], options: D1CaptureOptions = {}): Promise<void> {
  await database.run(...schema);
  await database.install(options);
}

test("R7. names are told, and no images: keys and followed columns, before and after", async () => {
  await watched(["CREATE TABLE posts (id INTEGER PRIMARY KEY, author INT, title TEXT)"], {
    follow: ["posts.author"],
  });
  expect(await database.told("INSERT INTO posts VALUES (1, 7, 'a secret')")).toEqual([
    { op: "INSERT", tbl: "posts", new: { id: 1, author: 7 } },
  ]);
  expect(await database.told("UPDATE posts SET author = 8")).toEqual([
    { op: "UPDATE", tbl: "posts", old: { id: 1, author: 7 }, new: { id: 1, author: 8 } },
  ]);
  expect(await database.told("DELETE FROM posts")).toEqual([
    { op: "DELETE", tbl: "posts", old: { id: 1, author: 8 } },
  ]);
});

test("R7. values of all kinds are told as they compare, and none can fail the write", async () => {
  await watched(["CREATE TABLE t (k TEXT PRIMARY KEY, v BLOB)"], { follow: ["t.v"] });
  const told = async (value: string) =>
    (await database.told(`REPLACE INTO t VALUES ('k', ${value})`)).at(-1)?.new?.v;
  expect(await told("NULL")).toBeNull();
  expect(await told("0.1 + 0.2")).toBe("0.30000000000000004");
  expect(await told("x'00ff'")).toBe("00FF");
  expect(await told("zeroblob(1000000)")).toBe("0".repeat(512));
  expect(await told("printf('%.*c', 1000000, 'ä')")).toBe("ä".repeat(256));
  expect(await told("'a' || char(0) || 'b'")).toBe("\ufffd");
  expect(await told("9e999")).toBe("Inf");
  expect(await told("9223372036854775807")).toBe(2 ** 63);
});

test("names of any spelling are watched", async () => {
  await watched(
    [
      `CREATE TABLE "it's ""odd""" ("end" TEXT PRIMARY KEY, "new" INT UNIQUE, [select] INT, "a.b" TEXT)`,
      `CREATE UNIQUE INDEX "u;1" ON "it's ""odd""" (lower("a.b"), "select") WHERE "select" > 0 -- END;`,
    ],
    { follow: [`it's "odd".a.b`, `it's "odd".select`] },
  );
  const name = `"it's ""odd"""`;
  await database.told(`INSERT INTO ${name} VALUES ('x', 1, 2, 'B')`);
  const told = await database.told(`REPLACE INTO ${name} VALUES ('y', 3, 2, 'b')`);
  expect(told.map(({ op, old }) => [op, old?.end])).toEqual([
    ["DELETE", "x"],
    ["INSERT", undefined],
  ]);
});

test("R8. an automatic rowid is not known before the insert, so an index of it flushes the table", async () => {
  await watched(["CREATE TABLE t (id INTEGER PRIMARY KEY, a INT)", "CREATE UNIQUE INDEX u ON t (id % 3, a)"]);
  await database.run("INSERT INTO t VALUES (1, 1), (2, 1), (3, 1)");
  const told = await database.told("INSERT OR REPLACE INTO t (a) VALUES (1)");
  expect(told.map(({ op }) => op)).toEqual(["FLUSH", "INSERT"]);
});

test("R8. rows that stand in the way are found by their index, whatever its kind", async () => {
  await watched(
    [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT COLLATE NOCASE, c INT, g INT GENERATED ALWAYS AS (c % 1000) STORED)",
      "CREATE UNIQUE INDEX u1 ON t (lower(a), c)",
      "CREATE UNIQUE INDEX u2 ON t (b COLLATE RTRIM DESC) WHERE c > 5 AND b IS NOT NULL",
      "CREATE UNIQUE INDEX u3 ON t (g, b)",
      "CREATE TABLE w (k TEXT, l INT, PRIMARY KEY (k, l)) WITHOUT ROWID",
    ],
    { follow: ["t.b"] },
  );
  await database.run(
    "INSERT INTO t (id, a, b, c) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i, 'a' || i, 'b' || i, i FROM n",
    "INSERT INTO w WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT 'k' || i, i FROM n",
  );
  // A scan would read thousands.
  expect(
    await database.rowsRead("INSERT INTO t (id, a, b, c) VALUES (5000, 'new', 'new', 5000)"),
  ).toBeLessThan(40);
  expect(
    await database.rowsRead("UPDATE t SET c = 6000, a = 'newer', b = 'newer' WHERE id = 5000"),
  ).toBeLessThan(40);
  expect(await database.rowsRead("INSERT INTO w VALUES ('k', 0)")).toBeLessThan(20);
  expect(await database.rowsRead("UPDATE w SET l = 1 WHERE k = 'k' AND l = 0")).toBeLessThan(20);
  const told = await database.told("REPLACE INTO t (id, a, b, c) VALUES (9000, 'a1', 'b7 ', 6003)");
  expect(told.map(({ op, old }) => [op, old?.id])).toEqual([
    ["DELETE", 1],
    ["DELETE", 7],
    ["INSERT", undefined],
  ]);
});

test("a statement that changes only quiet columns is not told, and any other change is", async () => {
  await watched(
    [
      "CREATE TABLE p (id INTEGER PRIMARY KEY, views INT, title TEXT COLLATE NOCASE, x, g GENERATED ALWAYS AS (views > 10))",
    ],
    { quiet: ["p.views"] },
  );
  await database.run("INSERT INTO p (id, views, title, x) VALUES (1, 0, 'a', 1)");
  const ops = async (set: string) => (await database.told(`UPDATE p SET ${set}`)).map(({ op }) => op);
  expect(await ops("views = views + 1")).toEqual([]);
  expect(await ops("views = views + 1, title = 'a'")).toEqual([]);
  expect(await ops("title = 'A'")).toEqual(["UPDATE"]);
  expect(await ops("x = 1.0")).toEqual(["UPDATE"]);
  expect(await ops("x = NULL")).toEqual(["UPDATE"]);
  // A generated column made of it is not quiet.
  expect(await ops("views = 11")).toEqual(["UPDATE"]);
  expect(await ops("rowid = 5")).toEqual(["UPDATE"]);
});

test("of a coarse table each statement is told once, however many rows it changes", async () => {
  await watched(["CREATE TABLE c (id INTEGER PRIMARY KEY, a INT)", "CREATE TABLE d (a INT)"], {
    coarse: ["c"],
  });
  const flush = { op: "FLUSH", tbl: "c" };
  const many =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i, i FROM n";
  expect(await database.told(`INSERT INTO c ${many}`)).toEqual([flush]);
  expect(await database.told("UPDATE c SET a = a + 1")).toEqual([flush]);
  expect(await database.told(`REPLACE INTO c ${many}`)).toEqual([flush]);
  expect(await database.told("DELETE FROM c WHERE id > 400")).toEqual([flush]);
  // Several statements within a batch may be told apart by nobody, but by us: a keeper may have pulled in between.
  expect(
    await database.told("UPDATE c SET a = 1", "UPDATE c SET a = 2", "DELETE FROM d", "DELETE FROM c"),
  ).toEqual([flush, flush, flush]);
});

test("an abandoned outbox is pruned by those who write, a little at a time", async () => {
  await watched(["CREATE TABLE t (a INT)"]);
  const many = (count: number) =>
    `INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n`;
  await database.run(many(3_000), `UPDATE tidemark_outbox SET at = at - ${KEEP_WHEN_ABANDONED_MS} - 1`);
  await database.run(many(4 * ABANDONED_EVERY));
  const [row] = await database.run(
    "SELECT count(*) AS rows, min(at) > max(at) - 60000 AS young FROM tidemark_outbox",
  );
  expect(row).toEqual({ rows: 4 * ABANDONED_EVERY, young: 1 });
  // Young rows stay.
  await database.run(many(ABANDONED_EVERY));
  expect(await database.run("SELECT count(*) AS rows FROM tidemark_outbox")).toEqual([
    { rows: 5 * ABANDONED_EVERY },
  ]);
});

test("R10. ten levels of an owner's triggers work, and with ours the tenth is too deep", async () => {
  const tables = Array.from({ length: 11 }, (_, index) => `CREATE TABLE l${index} (a INT)`);
  const triggers = (levels: number) =>
    Array.from(
      { length: levels },
      (_, index) =>
        `CREATE TRIGGER n${index} AFTER INSERT ON l${index} BEGIN INSERT INTO l${index + 1} VALUES (NEW.a); END`,
    );
  await database.run(...tables, ...triggers(10));
  await database.run("INSERT INTO l0 VALUES (1)");
  await database.install({});
  await expect(database.run("INSERT INTO l0 VALUES (1)")).rejects.toThrow("triggers nested too deep");
  await database.run("DROP TRIGGER n9");
  await database.install({});
  await database.run("INSERT INTO l0 VALUES (1)");
});

test("R10. a followed column is dropped only without the triggers, any other one with them", async () => {
  await watched(["CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT, c INT)"], { follow: ["t.a"] });
  await database.run("ALTER TABLE t DROP COLUMN c", "ALTER TABLE t RENAME COLUMN b TO d");
  await expect(database.run("ALTER TABLE t DROP COLUMN a")).rejects.toThrow("error in trigger tidemark_");
  await database.off();
  await database.run("ALTER TABLE t DROP COLUMN a");
  await database.install({});
  expect(await database.told("INSERT INTO t (id) VALUES (1)")).toHaveLength(1);
});

test("R10. what a writer is told: rows changed count ours, and the last rowid does not", async () => {
  await watched(["CREATE TABLE t (id INTEGER PRIMARY KEY, a INT UNIQUE)"]);
  await database.run("UPDATE tidemark_outbox SET id = 900");
  const insert = await lab.database.prepare("INSERT INTO t (a) VALUES (1)").run();
  expect(insert.meta).toMatchObject({ changes: 2, last_row_id: 1, rows_written: 3 });
  const counted = await lab.database.prepare("SELECT changes() AS n").first();
  expect(counted).toEqual({ n: 1 });
});
