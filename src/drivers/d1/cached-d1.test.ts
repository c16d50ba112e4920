import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../../testing/random.ts";
import { type D1Isolates, d1Isolates } from "./testing/isolates.ts";
import type { Answered, Question } from "./testing/question.ts";

let isolates: D1Isolates;

beforeAll(async () => {
  isolates = await d1Isolates();
});
afterAll(() => isolates.dispose());

type Method = Question["method"];

const ask = (
  through: Question["through"],
  sql: string,
  parameters: readonly unknown[] = [],
  more: Partial<Question> = {},
) => isolates.ask("a", { through, method: "all", sql, parameters, ...more });

/** What became of each statement. */
const outcomes = ({ events }: Answered) =>
  events.map((event) => (event.type === "pass-through" ? event.reason : event.type));

/** Without what says that it came from the cache, and what the database says of its own work. */
function value({ answer, error }: Answered): unknown {
  if (error !== undefined) return error;
  return JSON.parse(answer ?? "null", (name, inner) => (name === "meta" ? undefined : inner));
}

async function expectSame(sql: string, parameters: readonly unknown[] = [], more: Partial<Question> = {}) {
  const bare = await ask("bare", sql, parameters, more);
  const cold = await ask("cache", sql, parameters, more);
  const warm = await ask("cache", sql, parameters, more);
  expect(value(cold)).toEqual(value(bare));
  expect(value(warm)).toEqual(value(bare));
  return { cold: outcomes(cold), warm: outcomes(warm) };
}

const write = async (sql: string, parameters: readonly unknown[] = [], isolate: "a" | "b" = "b") => {
  const { error } = await isolates.ask(isolate, { through: "bare", method: "run", sql, parameters });
  expect(error).toBeUndefined();
};

test("Answers of every method and kind are the same from the cache as from the database", async () => {
  await write("DELETE FROM posts");
  await write(
    "INSERT INTO posts VALUES (1, 7, 'a', ?, -0.0), (2, 7, NULL, NULL, 9e999), (3, 8, '', x'', 1.5)",
    [[0, 255, 10]],
  );
  const methods: readonly Method[] = ["all", "run", "raw", "columns", "first"];
  const statements: readonly (readonly [string, readonly unknown[]])[] = [
    ["SELECT * FROM posts ORDER BY id", []],
    ["SELECT * FROM posts WHERE author_id = ? ORDER BY id", [7]],
    [
      "SELECT p.id, q.id, p.title AS __proto__, 1 AS '2', 3 AS '1' FROM posts p JOIN posts q ON p.id = q.id ORDER BY 1",
      [],
    ],
    ["SELECT * FROM posts WHERE id = 99", []],
    ["SELECT count(*), max(body), 9007199254740993, ?, ?, ? FROM posts", ["x:/@%", true, null]],
    ["SELECT ? AS a, typeof(?) FROM posts LIMIT 1", [1, "1"]],
    ["SELECT * FROM titles ORDER BY id", []],
  ];
  for (const [sql, parameters] of statements) {
    for (const method of methods) {
      expect(await expectSame(sql, parameters, { method }), `${method} ${sql}`).toEqual({
        cold: [expect.stringMatching(/^(?:miss|hit)$/)],
        warm: ["hit"],
      });
    }
  }
  expect(
    (await expectSame("SELECT title FROM posts WHERE id = 1", [], { method: "first", column: "title" })).warm,
  ).toEqual(["hit"]);
  await expectSame("SELECT title FROM posts WHERE id = 1", [], { method: "first", column: "none" });
});

test("However the present time is written, it is passed through, also where columns are trusted to hold none", async () => {
  const written = [`"now"`, `'NOW'`, "x'6e6f77'", "'no' || 'w'", "char(110, 111, 119)", `(SELECT "now")`];
  const times = [
    ...written.flatMap((text) => [`datetime(${text})`, `strftime('%F %T', ${text})`, `date(${text})`]),
    ...[
      "datetime()",
      "julianday()",
      "unixepoch()",
      "unixepoch('subsec')",
      "strftime('%s')",
      "CURRENT_TIMESTAMP",
    ],
    `timediff("now", '2000-01-01')`,
  ];
  await write("DELETE FROM posts");
  await write("INSERT INTO posts (id, title) VALUES (1, '2020-01-01')");
  for (const time of times) {
    const sql = `SELECT id, ${time} > '2020' AS is_now FROM posts`;
    const options = { trustStoredTimes: true };
    const answered = await ask("cache", sql, [], { options });
    expect(outcomes(answered), time).toEqual(["time"]);
    const { results } = value(answered) as { results: unknown };
    // It is one, or it would be nothing to look at.
    if (time.startsWith("date(") || time.startsWith("datetime("))
      expect(results, time).toEqual([{ id: 1, is_now: 1 }]);
  }
  const trusted = await expectSame("SELECT date(title), datetime(p.title) FROM posts p", [], {
    options: { trustStoredTimes: true },
  });
  expect(trusted.warm).toEqual(["hit"]);
});

test("Parameters of other kinds are other entries, and what a key cannot tell is passed through", async () => {
  for (const parameters of [[1], ["1"], [null], [[49]], [true], ["null"], ["[49]"]]) {
    await expectSame("SELECT typeof(?), count(*) FROM posts", parameters);
  }
  // From JSON there is no NaN, so a sum that is too large for a number.
  expect(outcomes(await ask("cache", "SELECT ? FROM posts", [1.5]))).toEqual(["miss"]);
});

test("Errors are the database's own, and are not kept", async () => {
  for (const method of ["all", "run", "raw", "first"] as const) {
    expect((await expectSame("SELECT nothing FROM posts", [], { method })).warm).toEqual([]);
    await expectSame("SELECT FROM posts WHERE", [], { method });
  }
  await expectSame("SELECT ? FROM posts", []);
  await expectSame("SELECT 1 FROM posts", [1]);
});

test("An answer from the cache says so in its meta", async () => {
  const sql = "SELECT id, 'meta' FROM posts";
  const metaOf = ({ answer }: Answered) => JSON.parse(answer ?? "").meta;
  const cold = metaOf(await ask("cache", sql));
  expect(cold.cached).toBeUndefined();
  const warm = metaOf(await ask("cache", sql));
  expect(warm).toEqual({ ...cold, cached: true, cache_age_ms: expect.any(Number) });
});

test("R5. A change from anywhere is seen by strict reads, and others' answers stay", async () => {
  await write("DELETE FROM posts");
  await write("INSERT INTO posts (id, author_id, title) VALUES (1, 7, 'a'), (2, 8, 'b')");
  const sql = "SELECT title FROM posts WHERE author_id = ?";
  for (const author of [7, 8]) await expectSame(sql, [author]);
  await write("UPDATE posts SET title = 'c' WHERE id = 1");
  expect(outcomes(await ask("cache", sql, [7]))).toEqual(["miss"]);
  expect(outcomes(await ask("cache", sql, [8]))).toEqual(["hit"]);
  await write("UPDATE posts SET author_id = 8 WHERE id = 1");
  expect(outcomes(await ask("cache", sql, [7]))).toEqual(["miss"]);
  expect(outcomes(await ask("cache", sql, [8]))).toEqual(["miss"]);
  expect(value(await ask("cache", sql, [8]))).toMatchObject({ results: [{ title: "c" }, { title: "b" }] });
});

test("I6. An isolate reads its own writes at once, however long the bound is", async () => {
  const more = { freshness: "1h" };
  const sql = "SELECT name FROM authors ORDER BY id";
  await write("DELETE FROM authors");
  for (const [method, text] of [
    ["run", "INSERT INTO authors VALUES (1, 'a')"],
    ["all", "INSERT INTO authors VALUES (2, 'b') RETURNING *"],
    ["raw", "UPDATE authors SET name = 'c' RETURNING *"],
    ["first", "UPDATE authors SET name = 'd' WHERE id = 1 RETURNING *"],
    ["exec", "DELETE FROM authors WHERE id = 2"],
  ] as const) {
    const { error } = await ask("cache", text, [], { ...more, method });
    expect(error).toBeUndefined();
    expect(value(await ask("cache", sql, [], more)), text).toEqual(value(await ask("bare", sql)));
    expect(outcomes(await ask("cache", sql, [], more))).toEqual(["hit"]);
  }
  const statements = [
    { sql: "INSERT INTO authors VALUES (?, 'e')", parameters: [3] },
    { sql, parameters: [] },
  ];
  const batch = await ask("cache", "", [], { ...more, method: "batch", statements });
  expect(outcomes(batch)).toEqual(["batch", "batch"]);
  expect(value(await ask("cache", sql, [], more))).toEqual(value(await ask("bare", sql)));
  await ask("session", "INSERT INTO authors VALUES (4, 'f')", [], more);
  expect(value(await ask("cache", sql, [], more))).toEqual(value(await ask("bare", sql)));
});

test("R10. A write is told how many rows it has changed itself, whatever triggers have", async () => {
  await write("DELETE FROM authors");
  const metaOf = ({ answer }: Answered) => JSON.parse(answer ?? "").meta.changes;
  const insert = "INSERT INTO authors VALUES (?, 'a'), (?, 'b')";
  expect(metaOf(await ask("bare", insert, [1, 2]))).toBe(4);
  expect(metaOf(await ask("cache", insert, [3, 4], { method: "run" }))).toBe(2);
  expect(metaOf(await ask("cache", "UPDATE authors SET name = 'c' RETURNING id"))).toBe(4);
  expect(metaOf(await ask("cache", "DELETE FROM authors WHERE id = 99"))).toBe(0);
  expect(metaOf(await ask("cache", "WITH one AS (SELECT 1) DELETE FROM authors WHERE id IN one"))).toBe(1);
  const statements = [
    { sql: insert, parameters: [5, 6] },
    { sql: "SELECT * FROM authors WHERE id > ?", parameters: [4] },
    { sql: "DELETE FROM authors", parameters: [] },
  ];
  const { answer } = await ask("cache", "", [], { method: "batch", statements });
  const answers = JSON.parse(answer ?? "");
  expect(answers.map(({ meta }: { meta: { changes: number } }) => meta.changes)).toEqual([2, 0, 5]);
  expect(answers[1].results).toHaveLength(2);
  // Those of the database's own count, as ever.
  await write("INSERT INTO authors VALUES (1, 'a'), (2, 'b')");
  await write("INSERT INTO likes (author_id) VALUES (1), (1), (2)");
  expect(metaOf(await ask("bare", "DELETE FROM authors WHERE id = 1"))).toBe(6);
  expect(metaOf(await ask("cache", "DELETE FROM authors"))).toBe(2);
  const more = { options: { correctChanges: false } };
  expect(metaOf(await ask("cache", insert, [1, 2], more))).toBe(4);
  const failing = "INSERT INTO authors VALUES (1, 'a')";
  expect(value(await ask("cache", failing))).toEqual(value(await ask("bare", failing)));
});

test("What is not certain is passed through, with its reason, and counted by statement", async () => {
  const reasons = async (sql: string, parameters: readonly unknown[] = [], more: Partial<Question> = {}) =>
    outcomes(await ask("cache", sql, parameters, more));
  await write("INSERT INTO secrets (word) VALUES ('x')");
  expect(await reasons("SELECT * FROM secrets")).toEqual(["unwatched-table"]);
  expect(await reasons("SELECT * FROM nowhere")).toEqual(["unknown-table"]);
  expect(await reasons("SELECT random() FROM posts")).toEqual(["unknown-function"]);
  expect(await reasons("SELECT * FROM today")).toEqual(["unknown-table"]);
  expect(await reasons("SELECT date(?) FROM posts", ["now"])).toEqual(["time"]);
  expect(await reasons("PRAGMA table_info(posts)")).toEqual(["not-a-read"]);
  expect(await reasons("SELECT id FROM posts", [], { options: { tables: ["authors"] } })).toEqual([
    "unlisted-table",
  ]);
  expect(
    await reasons("SELECT id FROM posts", [], { options: { tables: { posts: { ttl: "1m" } } } }),
  ).toEqual(["miss"]);
  expect(outcomes(await ask("fresh", "SELECT id FROM posts"))).toEqual(["fresh"]);
  expect(outcomes(await ask("session", "SELECT id FROM posts"))).toEqual(["session"]);
  const statistics = JSON.parse((await ask("cache", "", [], { method: "statistics" })).answer ?? "");
  const counted = statistics.find(({ sql }: { sql: string }) => sql === "SELECT id FROM posts");
  expect(counted).toMatchObject({
    misses: 1,
    passedThrough: { "unlisted-table": 1, fresh: 1, session: 1 },
    tables: ["main.posts"],
  });
});

test("I1. Strict reads of random statements never differ from the database, whoever writes", async () => {
  const seed = Number(process.env.DRIVER_SEED ?? Date.now() % 1e6);
  const rounds = Number(process.env.DRIVER_ROUNDS ?? 400);
  const random = Random.spread(seed);
  const counts: Record<string, number> = {};
  const reads = [
    "SELECT * FROM posts WHERE id = ?",
    "SELECT * FROM posts WHERE author_id = ? ORDER BY id",
    "SELECT p.title, a.name FROM posts p JOIN authors a ON a.id = p.author_id WHERE a.id = ? ORDER BY p.id",
    "SELECT count(*) FROM posts WHERE author_id IN (SELECT id FROM authors WHERE id > ?)",
    "SELECT title FROM titles WHERE id < ? ORDER BY id",
    "SELECT (SELECT name FROM authors WHERE id = ?) AS name, count(*) FROM posts",
  ];
  const writes = [
    "INSERT OR IGNORE INTO posts (id, author_id, title) VALUES (?, ?, ?)",
    "UPDATE posts SET author_id = ?2, title = ?3 WHERE id = ?1",
    "DELETE FROM posts WHERE id = ?1 OR (author_id = ?2 AND title = ?3)",
    "INSERT OR IGNORE INTO authors (id, name) VALUES (?1, ?3 || ?2)",
    "UPDATE authors SET name = ?3 || ?2 WHERE id = ?1",
    "DELETE FROM authors WHERE id = ?1 AND ?2 > 2 AND ?3 <> ''",
  ];
  for (let round = 0; round < rounds; round++) {
    const [one, two, isolate] = [random.below(5), random.below(5), random.pick(["a", "b"] as const)];
    if (random.chance(0.25)) {
      const through = random.pick(["cache", "bare"] as const);
      await isolates.ask(isolate, {
        through,
        method: "run",
        sql: random.pick(writes),
        parameters: [one, two, `t${round}`],
      });
      continue;
    }
    const question = {
      method: random.pick(["all", "raw", "first"] as const),
      sql: random.pick(reads),
      parameters: [one],
    };
    const cached = await isolates.ask(isolate, { ...question, through: "cache" });
    const bare = await isolates.ask(isolate, { ...question, through: "bare" });
    expect(value(cached), `seed ${seed}, round ${round}: ${question.sql} [${one}]`).toEqual(value(bare));
    for (const outcome of outcomes(cached)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  console.log(JSON.stringify({ seed, rounds, ...counts }));
  expect(counts.hit).toBeGreaterThan(rounds / 20);
  expect(Object.keys(counts).sort()).toEqual(["hit", "miss"]);
});
