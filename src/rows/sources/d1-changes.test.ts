import { expect, test } from "vitest";
import { KEEP_MS } from "../../capture/d1/names.ts";
import { database, installed, map, POSTS, pull, pullAll, source, useD1 } from "./testing/watched-d1.ts";

useD1();

test("without an installation it is refused, and one of another version is unreadable", async () => {
  await database.run(POSTS);
  expect(await source.followed()).toBe("refused");
  await expect(pull(null)).rejects.toThrow("no such table");
  await database.install({});
  expect(await source.followed()).toMatchObject({ map: {} });
  await database.run("UPDATE tidemark_state SET format = 2");
  expect(await source.followed()).toBe("unreadable");
  await expect(pull(null)).rejects.toThrow(expect.objectContaining({ code: "other-version" }));
  await database.run("DELETE FROM tidemark_state");
  await expect(pull(null)).rejects.toThrow(expect.objectContaining({ code: "not-installed" }));
});

test("R7. an outbox that could fail a writer is unreadable", async () => {
  await installed();
  await database.run("CREATE UNIQUE INDEX u ON tidemark_outbox (tbl)");
  expect(await source.followed()).toBe("unreadable");
});

test("R2. tells tables with what is followed of them, by the names they were made with", async () => {
  await installed();
  await database.run("CREATE TABLE later (a)", "CREATE VIRTUAL TABLE search USING fts5(body)");
  expect(await map()).toEqual({
    database: expect.stringMatching(/^[0-9a-f]{32}$/),
    tables: { "main.Posts": { columns: ["id", "author_id", "title"], followed: ["id", "author_id"] } },
    unwatched: expect.arrayContaining(["main.later", "main.search"]),
    views: {},
    schemas: ["main"],
  });
});

test("views are told by all tables that their texts may name, through other views", async () => {
  await installed(
    "CREATE TABLE a (x)",
    "CREATE TABLE b (x)",
    "CREATE TABLE c (x)",
    `CREATE VIEW one (y) AS SELECT lower(x) FROM "A" WHERE x IN (SELECT x FROM b)`,
    "CREATE VIEW two AS WITH t AS (SELECT * FROM main.one) SELECT count(*) FROM t JOIN [c] USING (y)",
    "CREATE VIEW timely AS SELECT * FROM a WHERE x < datetime('now')",
    "CREATE VIEW dated AS SELECT current_date AS day, x FROM a",
    "CREATE VIEW lucky AS SELECT * FROM timely",
    "CREATE VIEW inner_life AS SELECT * FROM sqlite_schema",
  );
  expect((await map()).views).toEqual({
    "main.one": ["main.a", "main.b"],
    "main.two": ["main.a", "main.b", "main.c"],
  });
});

test("a first pull flushes, and the next ones bring what happened since", async () => {
  const first = await installed();
  expect(first).toMatchObject({ flush: true, changes: [], more: false });
  expect(await pull(first.snapshot)).toMatchObject({
    flush: false,
    changes: [],
    more: false,
    snapshot: first.snapshot,
  });
  await database.run(
    "INSERT INTO posts VALUES (1, 7, 't')",
    "UPDATE posts SET author_id = 8",
    "DELETE FROM posts",
  );
  const page = await pull(first.snapshot);
  expect(page).toMatchObject({
    flush: false,
    history: first.history,
    schemaVersion: first.schemaVersion,
    changes: [
      { kind: "row", operation: "INSERT", relation: "main.Posts", record: { id: "1", author_id: "7" } },
      { operation: "UPDATE", record: { id: "1", author_id: "8" }, old: { id: "1", author_id: "7" } },
      { operation: "DELETE", old: { id: "1", author_id: "8" } },
    ],
  });
  expect(page.lags).toHaveLength(3);
  expect(await pull(page.snapshot)).toMatchObject({ flush: false, changes: [] });
});

test("changes come in pages of at most 500 rows, and none is missed or doubled", async () => {
  const { snapshot } = await installed();
  const many =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) SELECT i, i, 'x' FROM n";
  await database.run(`INSERT INTO posts ${many}`);
  const pages = await pullAll(snapshot);
  expect(pages.map(({ changes }) => changes.length)).toEqual([500, 500, 200]);
  const ids = pages.flatMap(({ changes }) =>
    changes.map((change) => ("record" in change ? change.record?.id : "")),
  );
  expect(ids).toEqual(Array.from({ length: 1200 }, (_, index) => String(index + 1)));
  const [first] = pages;
  await database.run("DELETE FROM posts WHERE id = 1");
  expect((await pull(snapshot, first?.snapshot, pages[1]?.last ?? null)).changes).toHaveLength(200);
  expect((await pull(first?.snapshot ?? "")).changes).toHaveLength(1);
});

test("a page ends when its text is long", async () => {
  await database.run("CREATE TABLE t (k TEXT PRIMARY KEY, l TEXT)");
  await database.install({ follow: ["t.l"] });
  const { snapshot } = await pull(null);
  await database.run(
    "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) SELECT i || s, s FROM n, (SELECT printf('%.*c', 300, '\u0001') AS s)",
  );
  const pages = await pullAll(snapshot);
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.flatMap(({ changes }) => changes)).toHaveLength(450);
});

test("what nobody can read in the outbox flushes its table, or everything", async () => {
  const { snapshot } = await installed();
  await database.run(
    `INSERT INTO tidemark_outbox (op, tbl, new) VALUES ('INSERT', 'Posts', '{"id":'), ('INSERT', 'Posts', '[]'), ('WHAT', 'Posts', '{}')`,
  );
  const page = await pull(snapshot);
  expect(page.changes).toEqual(Array.from({ length: 3 }, () => ({ kind: "flush", relation: "main.Posts" })));
  await database.run("INSERT INTO tidemark_outbox (op) VALUES ('FLUSH')");
  expect((await pull(snapshot)).everything).toBe(true);
});

test("R7. a cursor that was pruned, is ahead, or of another history flushes", async () => {
  const { snapshot } = await installed();
  await database.run("INSERT INTO posts VALUES (1, 7, 't'), (2, 7, 't'), (3, 7, 't')");
  const { snapshot: later } = await pull(snapshot);
  await database.run("DELETE FROM tidemark_outbox WHERE id < 3");
  expect((await pull(snapshot)).flush).toBe(true);
  expect((await pull(later)).flush).toBe(false);
  // Time Travel to before the last rows: they are gone, and later others have their numbers.
  await database.run("DELETE FROM tidemark_outbox WHERE id > 3");
  expect((await pull(later)).flush).toBe(true);
  await database.run("INSERT INTO posts VALUES (4, 7, 't')", "INSERT INTO posts VALUES (5, 7, 't')");
  expect((await pull(later)).flush).toBe(true);
  expect((await pull(later, later, "3")).flush).toBe(true);
});

test("R7. an emptied outbox flushes, until pruning gives it a first row again", async () => {
  const { snapshot } = await installed();
  await database.run("DELETE FROM tidemark_outbox");
  const empty = await pull(snapshot);
  expect(empty.flush).toBe(true);
  expect((await pull(empty.snapshot)).flush).toBe(true);
  await source.prune();
  const { snapshot: next } = await pull(empty.snapshot);
  expect((await pull(next)).flush).toBe(false);
});

test("R7. pruning goes by age, and leaves the last old row, which may be everybody's cursor", async () => {
  const { snapshot } = await installed();
  await database.run("INSERT INTO posts VALUES (1, 7, 't'), (2, 7, 't'), (3, 7, 't')");
  await database.run(`UPDATE tidemark_outbox SET at = at - ${KEEP_MS} - 1`);
  const old = await pull(snapshot);
  await database.run("INSERT INTO posts VALUES (4, 7, 't')");
  expect(old.prunedAgo).toBe(Number.POSITIVE_INFINITY);
  await source.prune();
  expect(await database.run("SELECT count(*) AS n FROM tidemark_outbox")).toEqual([{ n: 2 }]);
  expect((await pull(snapshot)).flush).toBe(true);
  const page = await pull(old.snapshot);
  expect(page).toMatchObject({ flush: false, changes: [{ record: { id: "4" } }] });
  expect(page.prunedAgo).toBeLessThan(60_000);
  await database.run(`UPDATE tidemark_outbox SET at = at - ${KEEP_MS} - 1`);
  await source.prune();
  expect(await database.run("SELECT count(*) AS n FROM tidemark_outbox")).toEqual([{ n: 1 }]);
});

test("R7. more than one statement can delete is pruned in several", async () => {
  await installed();
  await database.run(
    "UPDATE tidemark_outbox SET at = 0",
    "INSERT INTO tidemark_outbox (at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11000) SELECT 0 FROM n",
  );
  await source.prune();
  expect(await database.run("SELECT count(*) AS n FROM tidemark_outbox")).toEqual([{ n: 1 }]);
});
