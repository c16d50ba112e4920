import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CapturedPostgres, capturedPostgres } from "../../src/drivers/pg/testing/captured-postgres.ts";

// Code that a SELECT runs without naming it: what it reads is told to nobody.

/** Reads a table, and says that it does not. */
const reads = (name: string, takes: string, gives: string, value: string) =>
  `create function ${name}(${takes}) returns ${gives} language sql immutable as $$ select ${value} from names $$`;

const SCHEMA = [
  "create table names (k text primary key, label text)",
  "insert into names values ('a', 'one')",
  "create extension citext; create extension hstore",
  // Nobody's code.
  "create type mood as enum ('ok', 'sad'); create domain posi as int check (value > 0 and value in (1, 2, 3) or value is null)",
  "create domain email as citext check (value ~ '^[^@]+@[^@]+$' and lower(value) <> 'x'); create type span as range (subtype = float8)",
  "create type spot as (x int, m mood[])",
  `create type mine; create function mine_in(cstring) returns mine language internal immutable strict as 'int4in';
   create function mine_out(mine) returns cstring language internal immutable strict as 'int4out';
   create type mine (input = mine_in, output = mine_out, like = int4); create cast (mine as int4) without function as implicit`,
  `create collation ci (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`,
  "create function twice(text) returns text language sql immutable as $$ select $1 || $1 $$",
  // Casts.
  `create type me as enum ('a', 'b'); ${reads("label", "me", "text", "label")}; create cast (me as text) with function label(me) as implicit`,
  `create type me_json as enum ('a', 'b'); ${reads("label", "me_json", "json", "to_json(label)")};
   create cast (me_json as json) with function label(me_json)`,
  `create type pair as (x int); ${reads("total", "pair", "int", "count(*)::int")}; create cast (pair as int) with function total(pair) as implicit`,
  "create type by_text as enum ('a', 'b'); create cast (by_text as text) with inout as implicit",
  `create type to_me as enum ('a', 'b'); ${reads("to_me_of", "text", "to_me", "'a'::to_me")}; create cast (text as to_me) with function to_me_of(text)`,
  // What has such a cast inside.
  "create domain over_me as me; create type has_me as (m me); create type me_span as range (subtype = me)",
  // Checks, comparisons, inputs and outputs.
  `${reads("is_known", "text", "bool", "count(*) > 0")}; create domain known as text check (is_known(value))`,
  "create domain fresh as timestamptz check (value > now())",
  `create type flat as (x int); ${reads("flat_cmp", "flat, flat", "int", "count(*)::int")};
   create operator class flat_ops default for type flat using btree as function 1 flat_cmp(flat, flat)`,
  `create type same as enum ('a', 'b'); ${reads("is_same", "same, same", "bool", "count(*) > 1")};
   create operator === (leftarg = same, rightarg = same, function = is_same)`,
  `${reads("apart", "float8, float8", "float8", "count(*)::float8")}; create type apart_span as range (subtype = float8, subtype_diff = apart)`,
  `create type named; create function named_in(cstring) returns named language internal stable strict as 'regclassin';
   create function named_out(named) returns cstring language internal stable strict as 'regclassout';
   create type named (input = named_in, output = named_out, like = int4)`,
  `${reads("mood_step", "int, mood", "int", "count(*)::int")}; create aggregate avg(mood) (sfunc = mood_step, stype = int)`,
];

/** A column's type, and a value of it. */
const KEPT: readonly (readonly [string, string])[] = [
  ["mood", "'ok'"],
  ["mood[]", "'{ok,sad}'"],
  ["posi", "1"],
  ["posi[]", "'{1,2}'"],
  ["email", "'a@b'"],
  ["citext", "'a'"],
  ["hstore", "'a=>1'"],
  ["span", "'[1,2]'"],
  ["spot", "'(1,{ok})'"],
  ["mine", "'7'"],
  ['text collate "ci"', "'a'"],
  ["text default lower('X') || (random())", "'a'"],
  ["tstzmultirange", "'{[2020-01-01,)}'"],
  ["numeric(8,2)[]", "'{1.50}'"],
];

const PASSED: readonly (readonly [string, string])[] = [
  ["me", "'a'"],
  ["me[]", "'{a}'"],
  ["over_me", "'a'"],
  ["has_me", "'(a)'"],
  ["has_me[]", "'{(a)}'"],
  ["me_span", "'[a,b]'"],
  ["me_json", "'a'"],
  ["pair", "'(1)'"],
  ["by_text", "'a'"],
  ["to_me", "'a'"],
  ["known", "'a'"],
  ["fresh", "'2999-01-01'"],
  ["flat", "'(1)'"],
  ["same", "'a'"],
  ["apart_span", "'[1,2]'"],
  ["named", "'names'"],
  ["regclass", "'names'"],
  ["timetz", "'10:00+00'"],
];

const tableOf = (kind: "kept" | "passed", index: number) => `${kind}_${index}`;

let postgres: CapturedPostgres;
let bare: pg.Pool;

beforeAll(async () => {
  postgres = await capturedPostgres();
  bare = postgres.pool();
  for (const sql of SCHEMA) await bare.query(sql);
  for (const [kind, types] of [["kept", KEPT] as const, ["passed", PASSED] as const]) {
    for (const [index, [type, value]] of types.entries()) {
      const table = tableOf(kind, index);
      await bare.query(`create table ${table} (id int primary key, n int, v ${type})`);
      await bare.query(`insert into ${table} values (1, 0, ${value})`);
      await bare.query(`select tidemark.watch('public.${table}')`);
    }
  }
  await bare.query(`create table rowed (id int primary key); ${reads("text_of", "rowed", "text", "label")};
    create cast (rowed as text) with function text_of(rowed) as implicit; insert into rowed values (1);
    create table doubled (id int primary key, v text, w text generated always as (twice(v)) stored);
    insert into doubled values (1, 'a');
    create view casting as select id, v::text as v from ${tableOf("passed", 0)};
    create view odd as select id, v from ${tableOf("passed", 0)};
    create view plain as select k, label from names`);
  for (const table of ["names", "rowed", "doubled"])
    await bare.query(`select tidemark.watch('public.${table}')`);
});
afterAll(() => postgres?.close());

async function expectKept(text: string, change: string) {
  const { pool, outcomes } = postgres.cached(bare, { name: "types" });
  const texts = { getTypeParser: () => (value: unknown) => value } as pg.CustomTypesConfig;
  const ask = async (on: pg.Pool) => (await on.query({ text, types: texts })).rows;
  const before = await ask(bare);
  expect(await ask(pool), text).toEqual(before);
  expect(await ask(pool), text).toEqual(before);
  expect(outcomes().at(-1), text).toBe("hit");
  await bare.query(change);
  expect(await ask(pool), text).toEqual(await ask(bare));
  expect(await ask(bare), text).not.toEqual(before);
}

/** @param name a new one asks the catalogue, as any does after a minute */
async function outcomeOf(text: string, name = "types") {
  const { pool, outcomes } = postgres.cached(bare, { name });
  await pool.query(text);
  return outcomes()[0];
}

describe("A type that runs nobody's code is kept, and its changes are followed", () => {
  test.each(KEPT.map(([type], index) => [type, tableOf("kept", index)]))("%s", async (type, table) => {
    const texts = [
      `select * from ${table}`,
      `select v::text, n from ${table} where v is not null order by v::text, id`,
      `select to_jsonb(v), row_to_json(t)::text from ${table} t`,
      // Of what cannot be compared, it is an error.
      ...(type === "mine" ? [] : [`select distinct v, n from ${table} group by v, n order by v`]),
    ];
    for (const text of texts) await expectKept(text, `update ${table} set n = n + 1`);
  });

  test("a column that is generated of others, and a view", async () => {
    await expectKept("select w from doubled where id = 1", "update doubled set v = v || 'b'");
    await expectKept("select label from plain", "update names set label = label || 'x'");
  });

  test("a key under a collation for which other texts are equal", async () => {
    await bare.query(`create table folded (k text collate "ci" primary key, n int); insert into folded values ('straße', 0);
      select tidemark.watch('public.folded')`);
    for (const k of ["STRASSE", "Straße", "strasse"])
      await expectKept(`select n from folded where k = '${k}'`, "update folded set n = n + 1");
  });

  test("a literal of such a type", async () => {
    const change = "update names set label = label || 'y'";
    await expectKept("select 'ok'::mood::text, mood 'sad', cast('1' as posi), label from names", change);
  });
});

describe("A type that may run somebody's code is passed through", () => {
  test.each(PASSED.map(([type], index) => [type, tableOf("passed", index)]))("%s", async (_, table) => {
    expect(await outcomeOf(`select * from ${table}`)).toBe("unknown-type");
    expect(await outcomeOf(`select names.label from names where exists (select from ${table})`)).toBe(
      "unknown-type",
    );
    expect(await outcomeOf(`select row_to_json(t) from ${table} t`)).toBe("unknown-type");
  });

  test("a row with a cast of its own, and a view of such a type", async () => {
    expect(await outcomeOf("select r::text from rowed r")).toBe("unknown-type");
    // What a view itself casts, and gives, capture's analysis tells.
    expect(await outcomeOf("select * from odd")).toBe("unknown-table");
    expect(await outcomeOf("select * from casting")).toBe("unknown-table");
  });

  test.each([
    "select ('a'::me)::text from names",
    "select (me 'a')::text from names",
    "select (public.me 'a')::text from names",
    `select ("me" 'a')::text from names`,
    "select upper(cast('a' as public.me)) from names",
    "select '{a}'::me[] from names",
    "select 'x'::known from names",
    "select known 'x' from names",
    "select '(a)'::has_me from names",
    "select '(1)'::rowed from names",
    "select 'names'::named from names",
    "select 'names'::pg_catalog.regclass::text from names",
    "select regclass 'names' from names",
    "select 'pg_monitor=r/pg_monitor'::aclitem from names",
  ])("%s", async (text) => {
    expect(await outcomeOf(text)).toMatch(/^(?:unknown-type|not-understood)$/);
  });

  test("an aggregate and an operator with the names of Postgres' own", async () => {
    expect(await outcomeOf("select avg(n) from kept_0")).toBe("unknown-function");
    expect(await outcomeOf("select s.x === 'a' from (select 'a'::same as x) s, names")).toBe(
      "unknown-function",
    );
  });

  test("a new cast between Postgres' own types makes everything pass through, until it is gone", async () => {
    const text = "select to_json(n) from kept_0";
    await expectKept(text, "update kept_0 set n = n + 1");
    await bare.query(
      `${reads("int_json", "int", "json", "to_json(label)")}; create cast (int as json) with function int_json(int)`,
    );
    expect(await outcomeOf(text, "with the cast")).toBe("unknown-type");
    expect(await outcomeOf("select label from names", "with the cast")).toBe("unknown-type");
    await bare.query("drop cast (int as json)");
    expect(await outcomeOf(text, "without the cast")).toBe("miss");
  });

  test("what orders Postgres' own types likewise", async () => {
    await bare.query(`${reads("int_cmp", "int, int", "int", "count(*)::int")};
      create operator class int_by_names for type int using btree as function 1 int_cmp(int, int)`);
    expect(await outcomeOf("select label from names", "with the operators")).toBe("unknown-type");
    await bare.query(
      "drop operator class int_by_names using btree; drop operator family int_by_names using btree",
    );
  });
});
