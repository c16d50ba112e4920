import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startPostgres } from "../../../testing/postgres.ts";
import { outlineOf } from "./plan.ts";
import { readStatement } from "./read-statement.ts";
import { testRelations } from "./testing/differential.ts";
import { TEST_TABLES } from "./testing/random-select.ts";
import type { DialectName } from "./token.ts";

/** Every word that SQLite or Postgres gives a meaning somewhere, and some that neither does. */
const SQLITE_WORDS =
  `abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade
  case cast check collate column commit conflict constraint create cross current current_date current_time current_timestamp
  database default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists
  explain fail filter first following for foreign from full generated glob group groups having if ignore immediate in index
  indexed initially inner insert instead intersect into is isnull join key last left like limit match materialized natural no
  not nothing notnull null nulls of offset on or order others outer over partition plan pragma preceding primary query raise
  range recursive references regexp reindex release rename replace restrict returning right rollback row rows savepoint select
  set table temp temporary then ties to transaction trigger unbounded union unique update using vacuum values view virtual when
  where window with without fetch lateral only within true false rowid`.split(/\s+/);

/** What may hide a table behind a word; `ghost` is a table that nobody knows. */
const SHAPES: readonly ((word: string) => string)[] = [
  (word) => `SELECT count(*) FROM posts ${word}, ghost`,
  (word) => `SELECT count(*) FROM posts AS ${word}, ghost`,
  (word) => `SELECT count(*) FROM posts p ${word}, ghost`,
  (word) => `SELECT count(*) FROM (posts ${word}), ghost`,
  (word) => `SELECT count(*) FROM (SELECT 1) ${word}, ghost`,
  (word) => `SELECT count(*) FROM posts ${word} JOIN ghost ON true`,
  (word) => `SELECT count(*) FROM posts p ${word} JOIN ghost ON true`,
  (word) => `SELECT count(*) FROM posts ${word} ghost`,
  (word) => `SELECT count(*) FROM posts p ${word} ghost`,
  (word) => `SELECT count(*) FROM posts p ${word} ghost ON true`,
  (word) => `SELECT count(*) FROM posts p, ${word} ghost`,
  (word) => `SELECT count(*) FROM ${word} ghost`,
  (word) => `SELECT count(*) ${word} FROM ghost, posts`,
  (word) => `SELECT count(*) AS ${word} FROM ghost, posts`,
  (word) => `SELECT max(posts.id) AS as FROM ghost ${word}, posts`,
  (word) => `SELECT ${word} FROM ghost, posts`,
  (word) => `SELECT ${word} id FROM ghost`,
  (word) => `SELECT posts.id ${word} FROM posts, ghost`,
  (word) => `SELECT count(*) FROM posts WHERE id ${word} ghost`,
  (word) => `SELECT count(*) FROM posts WHERE id ${word} (SELECT id FROM ghost)`,
  (word) => `SELECT count(*) FROM posts WHERE ${word} (SELECT id FROM ghost)`,
  (word) => `SELECT count(*) FROM posts WHERE true ${word} (SELECT true FROM ghost)`,
  (word) => `SELECT count(*) FROM posts GROUP BY id ${word}, (SELECT max(id) FROM ghost)`,
  (word) => `SELECT id FROM posts ${word} SELECT id FROM ghost`,
  (word) => `SELECT id FROM posts UNION ${word} SELECT id FROM ghost`,
  (word) => `SELECT id FROM posts ${word} TABLE ghost`,
  (word) => `SELECT id FROM posts ${word} (SELECT id FROM ghost)`,
  (word) => `WITH ${word} AS (SELECT * FROM posts) SELECT count(*) FROM ${word}, ghost`,
  (word) => `WITH ghost AS (SELECT * FROM ${word} ghost) SELECT count(*) FROM ghost`,
  (word) => `WITH x AS ${word} (SELECT * FROM ghost) SELECT count(*) FROM x, posts`,
  (word) => `${word} SELECT count(*) FROM posts, ghost`,
  (word) => `SELECT count(*) FROM posts ${word}`,
  (word) => `SELECT count(*) FROM posts, ghost ${word} x`,
];

/** Whether a statement is one, with the table `ghost` and without it. */
type IsValid = (sql: string, ghost: "with" | "without") => Promise<boolean>;

/** The statements that read `ghost`, and are taken for entries. */
async function overlooked(dialect: DialectName, words: readonly string[], isValid: IsValid) {
  const relations = testRelations(dialect);
  const found: string[] = [];
  let [valid, entries] = [0, 0];
  for (const sql of words.flatMap((word) => SHAPES.map((shape) => shape(word)))) {
    if (!(await isValid(sql, "with"))) continue;
    valid++;
    if (outlineOf(readStatement(sql, dialect), relations).kind !== "entry") continue;
    entries++;
    // Without it an alias of that name, or a common table expression, is as good as before.
    if (!(await isValid(sql, "without"))) found.push(sql);
  }
  console.log(JSON.stringify({ dialect, valid, entries }));
  // A test in which nothing is valid, or nothing an entry, would show nothing.
  expect(valid).toBeGreaterThan(words.length * 4);
  expect(entries).toBeGreaterThan(words.length / 2);
  return found;
}

const TABLES = TEST_TABLES.map(({ name }) => `CREATE TABLE ${name} (id int, ref int, label int)`);

test("R3. SQLite: no word in any place hides a table that is not known", async () => {
  const databases = { with: new DatabaseSync(":memory:"), without: new DatabaseSync(":memory:") };
  for (const sql of TABLES) for (const each of Object.values(databases)) each.exec(sql);
  databases.without.exec("DROP TABLE ghost");
  const found = await overlooked("sqlite", SQLITE_WORDS, async (sql, ghost) => {
    try {
      databases[ghost].prepare(sql);
      return true;
    } catch {
      return false;
    }
  });
  expect(found).toEqual([]);
});

test("R3. Postgres: no word in any place hides a table that is not known", async () => {
  const postgres = await startPostgres();
  try {
    const sql = postgres.sql({ max: 1, prepare: false });
    for (const text of TABLES) await sql.unsafe(text);
    const words = (await sql`select word from pg_get_keywords()`).map(({ word }) => word as string);
    const found = await overlooked("postgres", words, async (text, ghost) => {
      if (ghost === "without") await sql.unsafe("BEGIN; DROP TABLE ghost");
      const answer = await sql.unsafe(`EXPLAIN ${text}`).catch(() => undefined);
      if (ghost === "without") await sql.unsafe("ROLLBACK");
      return answer !== undefined;
    });
    expect(found).toEqual([]);
  } finally {
    await postgres.stop();
  }
});
