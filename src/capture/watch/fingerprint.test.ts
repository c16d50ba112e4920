import type { Sql, TransactionSql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";

const TABLES = ["one", "two", "parted", "chosen", "typed"];
const INSTALL = captureSql({
  tables: TABLES.map((name) => ({
    relation: `public.${name}`,
    ...(name === "chosen" && { columns: ["title"] }),
  })),
  secretHash: [],
});

let postgres: Postgres;
let sql: Sql;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql
    .unsafe(`create type mood as enum ('sad'); create domain moods as mood[]; create type held;
      create function held_in(cstring) returns held language internal immutable strict as 'textin';
      create function held_out(held) returns cstring language internal immutable strict as 'textout';
      create type held (input = held_in, output = held_out, like = text);
      create table one (id int primary key, title text, number numeric(5, 2)); create table two (id int, title text);
      create table parted (id int not null, at int not null, title text) partition by range (id);
      create table parted_low partition of parted for values from (0) to (100) partition by range (at);
      create table chosen (id int, other int not null, title text);
      create table typed (id int, mood mood, moods moods, held held)`)
    .simple();
  await sql.unsafe(INSTALL).simple();
});
afterAll(() => postgres?.stop());

const TAKEN_BACK = new Error("taken back");

/** Returns what some DDL has done, and rolls it back. */
async function after<Seen>(
  statement: string,
  look: (changing: TransactionSql) => Promise<Seen>,
): Promise<Seen> {
  let seen: Seen | undefined;
  // A new session, because counts that a session has not yet reported stay in its own statistics.
  const session = postgres.sql({ max: 1 });
  await session
    .begin(async (changing) => {
      await changing`set local track_functions = 'all'`;
      await changing.unsafe(statement).simple();
      seen = await look(changing);
      throw TAKEN_BACK;
    })
    .catch((error: unknown) => {
      if (error !== TAKEN_BACK) throw error;
    });
  await session.end();
  return seen as Seen;
}

/** How often the functions that generate triggers are called. */
const calls = (statement: string): Promise<Record<string, number>> =>
  after(statement, async (changing) => {
    const rows = await changing<{ name: string; calls: number }[]>`
      select funcname as name, calls::int from pg_stat_xact_user_functions
      where funcname in ('capture_definition', 'told_columns', 'cover') and calls > 0`;
    return Object.fromEntries(rows.map(({ name, calls }) => [name, calls]));
  });

describe("I2. DDL regenerates the functions only of the tables that it changed", () => {
  test.each([
    ["create table beside (id int)", undefined],
    ["set local quote_all_identifiers = on; create table beside (id int)", undefined],
    ["create view seen as select * from one", undefined],
    ["create index on one (title)", undefined],
    ["alter table one add column more text", 1],
    ["alter table one rename column title to name", 1],
    ["alter table one add column more text; alter table two drop column title", 2],
  ])("I2. %s", async (statement, tables) => {
    const { cover = 0, ...written } = await calls(statement);
    expect(cover).toBeGreaterThanOrEqual(TABLES.length);
    expect(written).toEqual(
      tables === undefined ? {} : { capture_definition: 4 * tables, told_columns: tables },
    );
  });

  test("I2. so does running the same migration again", async () => {
    const { cover, ...written } = await calls(INSTALL);
    expect([cover, written]).toEqual([TABLES.length, {}]);
  });
});

/** Tables whose stored functions differ from those that would be generated now. */
const outdated = (statement: string): Promise<string[]> =>
  after(statement, async (changing) => {
    const rows = await changing<{ relation: string }[]>`select w.relation::text from tidemark.watched w
      where substr(w.definition, 37) <> (
        select string_agg(tidemark.capture_definition(w, f.event, tidemark.told_columns(w)), '' order by f.event)
        from tidemark.capture_functions(w.number) f)`;
    return rows.map(({ relation }) => relation);
  });

describe("I2. the fingerprint covers everything that decides what is reported", () => {
  test.each([
    "alter table one add column more text",
    "alter table one drop column title",
    "alter table one rename column title to name",
    "alter table one alter column title type varchar(20)",
    "alter table one alter column number type numeric",
    "alter table one alter column title set not null",
    "alter table two rename to renamed",
    "create table heir () inherits (two)",
    "alter table chosen add primary key (other)",
    "alter table chosen add primary key (id); alter table chosen drop constraint chosen_pkey",
    "alter table typed alter column mood type text",
    "alter type held rename to citext",
    "alter type mood rename to temper",
    "alter type mood add value 'ok'",
    "drop type moods cascade",
    "create table parted_part partition of parted_low for values from (0) to (100)",
    "drop table parted_low",
    "select tidemark.watch('parted', columns => array['title'])",
    "select tidemark.watch('parted', columns => array['title']); drop table parted_low",
    "select tidemark.watch('one', columns => array['title'])",
    "select tidemark.watch('chosen')",
    "select tidemark.set_nudge('notify')",
  ])("I2. %s", async (statement) => {
    expect(await outdated(statement)).toEqual([]);
  });

  test("I2. another time zone", async () => {
    const migration = INSTALL.replaceAll("'UTC'", "'Europe/Berlin'");
    expect(migration).not.toBe(INSTALL);
    expect(await outdated(migration)).toEqual([]);
  });

  test("I2. a function that was dropped comes back", async () => {
    const name = await after(
      "drop function tidemark.capture_1_insert() cascade",
      (changing) => changing`select to_regproc('tidemark.capture_1_insert') as name`,
    );
    expect(name).toMatchObject([{ name: expect.anything() }]);
  });

  test("I2. another script version's fingerprint makes no new schema version if the functions are the same", async () => {
    const version = async () =>
      (await sql`select tidemark.changes(null, null, null, 1) ->> 'schemaVersion' as n`)[0]?.n;
    const before = await version();
    await sql`update tidemark.watched set definition = overlay(definition placing repeat('0', 32) from 4)`;
    await sql.unsafe(INSTALL).simple();
    expect(await version()).toBe(before);
    expect(
      await sql`select from tidemark.watched where definition like ${`-- ${"0".repeat(32)}%`}`,
    ).toHaveLength(0);
  });
});
