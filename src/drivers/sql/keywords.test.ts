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

/** Those that are statements, with the table `ghost` or without it. */
type Valid = (statements: readonly string[], ghost: "with" | "without") => Promise<readonly string[]>;

/** The statements that read `ghost`, and are taken for entries. */
async function overlooked(dialect: DialectName, words: readonly string[], validOf: Valid) {
  const relations = testRelations(dialect);
  const all = words.flatMap((word) => SHAPES.map((shape) => shape(word)));
  const valid = await validOf(all, "with");
  const entries = valid.filter((sql) => outlineOf(readStatement(sql, dialect), relations).kind === "entry");
  console.log(JSON.stringify({ dialect, valid: valid.length, entries: entries.length }));
  // A test in which nothing is valid, or nothing an entry, would show nothing.
  expect(valid.length).toBeGreaterThan(words.length * 4);
  expect(entries.length).toBeGreaterThan(words.length / 2);
  // Without it an alias of that name, or a common table expression, is as good as before.
  const harmless = new Set(await validOf(entries, "without"));
  return entries.filter((sql) => !harmless.has(sql));
}

const TABLES = TEST_TABLES.map(({ name }) => `CREATE TABLE ${name} (id int, ref int, label int)`);

test("R3. SQLite: no word in any place hides a table that is not known", async () => {
  const databases = { with: new DatabaseSync(":memory:"), without: new DatabaseSync(":memory:") };
  for (const sql of TABLES) for (const each of Object.values(databases)) each.exec(sql);
  databases.without.exec("DROP TABLE ghost");
  const found = await overlooked("sqlite", SQLITE_WORDS, async (statements, ghost) =>
    statements.filter((sql) => {
      try {
        databases[ghost].prepare(sql);
        return true;
      } catch {
        return false;
      }
    }),
  );
  expect(found).toEqual([]);
});

test("R3. Postgres: no word in any place hides a table that is not known", async () => {
  const postgres = await startPostgres();
  try {
    const sql = postgres.sql({ max: 1, prepare: false });
    for (const text of TABLES) await sql.unsafe(text);
    await sql.unsafe(`CREATE FUNCTION is_valid(statement text) RETURNS bool LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE 'EXPLAIN ' || statement;
        RETURN true;
      EXCEPTION WHEN OTHERS THEN
        RETURN false;
      END $$`);
    const words = (await sql`select word from pg_get_keywords()`).map(({ word }) => word as string);
    const found = await overlooked("postgres", words, async (statements, ghost) => {
      await sql.unsafe(ghost === "without" ? "BEGIN; DROP TABLE ghost" : "BEGIN");
      const rows = await sql<{ statement: string }[]>`
        SELECT statement FROM unnest(${statements as string[]}::text[]) statement WHERE is_valid(statement)`;
      await sql.unsafe("ROLLBACK");
      return rows.map(({ statement }) => statement);
    });
    expect(found).toEqual([]);
  } finally {
    await postgres.stop();
  }
});
