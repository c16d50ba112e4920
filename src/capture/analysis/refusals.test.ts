import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AnalysedDatabase } from "../testing/analysed.ts";

let database: AnalysedDatabase;

beforeAll(async () => {
  database = await AnalysedDatabase.start();
});
beforeEach(() => database.clear());
afterAll(() => database?.postgres.stop());

const MEMBER = "select exists (select from public.memberships where team_id = $1)";
const QUOTED = "f(int) returns boolean language sql";

describe("S5. not understood, so opaque as before, with the reason", () => {
  test.each([
    [
      "its names depend on the caller's path",
      QUOTED,
      "select exists (select from memberships where team_id = $1)",
      "42P01|does not exist",
    ],
    [
      "so does its own path",
      `${QUOTED} set search_path = "$user", public`,
      MEMBER,
      "search_path depends on the session",
    ],
    [
      "so does one that names a temporary schema",
      `${QUOTED} set search_path = pg_temp_3, public`,
      MEMBER,
      "search_path depends on the session",
    ],
    ["it changes settings", `${QUOTED} set timezone = 'UTC'`, MEMBER, "changes settings"],
    [
      "it takes any type",
      "f(anyelement) returns boolean language sql",
      "select exists (select from public.memberships where team_id = 1)",
      "not fixed",
    ],
    [
      "a backslash means what a setting says",
      QUOTED,
      "select exists (select from public.docs where title = 'a\\b')",
      "backslash",
    ],
    [
      "its text is a time, which each session reads anew",
      QUOTED,
      "select exists (select from public.docs where at > 'now')",
      "read anew",
    ],
    [
      "so is a time that does not move",
      QUOTED,
      "select exists (select from public.docs where at > '2026-01-01')",
      "read anew",
    ],
    ["its result is cast to a domain", "f(int) returns helpers.checked language sql", "select true", "cast"],
    [
      "its result is cast by somebody's function",
      "f(int) returns helpers.mood language sql",
      "select 1",
      "cast",
    ],
    ["it is labelled IMMUTABLE and reads a table", `${QUOTED} immutable`, MEMBER, "IMMUTABLE"],
    [
      "it is labelled IMMUTABLE and reads a setting",
      `${QUOTED} immutable`,
      "select current_setting('request.jwt.claims', true) is null",
      "IMMUTABLE",
    ],
    [
      "it is labelled IMMUTABLE and reads the claims",
      `${QUOTED} immutable`,
      "select auth.uid() is not null",
      "IMMUTABLE",
    ],
    [
      "its statements end a block",
      QUOTED,
      `${MEMBER}; select 'the end' is null`,
      'several statements and the word "end"',
    ],
    [
      "it is a statement that Postgres does not parse in advance",
      "f(int) returns void language sql",
      "notify x",
      "unquoted SQL function body|not yet supported",
    ],
  ])("S5. %s", async (_, declaration, body, reason) => {
    await database.exec(`create domain helpers.checked as boolean check (value);
      create type helpers.mood as enum ('a'); create function helpers.mood(int) returns helpers.mood language plpgsql as
        $$ begin return 'a'; end $$; create cast (int as helpers.mood) with function helpers.mood(int) as assignment`);
    await database.guard(
      declaration,
      body,
      declaration.includes("boolean") || declaration.includes("checked")
        ? "helpers.f(id)"
        : "helpers.f(id) is null",
    );
    const [refusal] = Object.values((await database.analysis()).refusals);
    expect(refusal).toMatch(new RegExp(reason));
    expect((await database.told()).caveats).toContainEqual(
      expect.stringMatching(/^unknown-reads: helpers\.f\(/),
    );
  });

  test("S5. PL/pgSQL", async () => {
    await database.guard(
      "f(int) returns boolean language plpgsql",
      `begin return (${MEMBER}); end`,
      "helpers.f(id)",
    );
    expect((await database.told()).caveats).toEqual(["unknown-reads: helpers.f(integer)"]);
  });

  test("S5. a function that writes is seen to write", async () => {
    await database.guard(
      "f(int) returns void language sql",
      "insert into public.memberships values (auth.uid(), $1)",
      "helpers.f(id) is null",
    );
    expect((await database.told()).caveats).toContain("unknown-reads: a statement that writes");
  });

  test("S4. one that reads the request is seen to", async () => {
    await database.guard(
      "f() returns boolean language sql",
      "select current_setting('request.headers', true)::json ->> 'x-team' = 'a'",
      "helpers.f()",
    );
    expect(await database.told()).toEqual({ calls: {}, caveats: [], request: ["header x-team"] });
  });
});

describe("S5. whoever calls it, a name means the same", () => {
  test("S5. an overload that would fit better, in whatever schema of the caller's path", async () => {
    await database.guard(QUOTED, "select length(title) = $1 from public.docs", "helpers.f(id)");
    expect((await database.analysis()).refusals).toEqual({});
    await database.exec(
      "create function helpers.length(varchar) returns int language sql set search_path = helpers as 'select 1'",
    );
    expect((await database.analysis()).refusals).toEqual({});
    await database.exec("alter table docs alter column title type varchar(10)");
    expect(Object.values((await database.analysis()).refusals)).toContain(
      "what its names mean depends on who calls it",
    );
    await database.exec("alter table docs alter column title type text");
  });

  test("S5. schemas that not everybody may use", async () => {
    await database.exec(
      "create schema closed; create table closed.memberships (team_id int); create function closed.g() returns int language sql as 'select 1'",
    );
    await database.guard(
      `${QUOTED} set search_path = closed, public`,
      "select exists (select from memberships where team_id = $1)",
      "helpers.f(id)",
    );
    expect(await database.analysis()).toMatchObject({
      refusals: { "helpers.f(integer)": "what its names mean depends on who calls it" },
    });
    // Those who may not use the schema get an error.
    await database.exec("drop table closed.memberships; create table closed.only (team_id int)");
    await database.exec(
      `create or replace function helpers.${QUOTED} set search_path = closed, public as 'select exists (select from only_ where team_id = $1 and g() = 1)'; `
        .replace("only_", '\\"only\\"')
        .replaceAll("\\", ""),
    );
    expect((await database.told()).calls).toEqual({ "closed.only": ["team_id"] });
    await database.exec("drop policy p on docs; drop function helpers.f; drop schema closed cascade");
  });

  test("S5. temporary objects of the session that changes the schema", async () => {
    await database.exec(`set check_function_bodies = off; create temp table memberships (team_id int); create domain pg_temp.int4 as text; create type pg_temp.text as (a int);
      create function pg_temp.f(int) returns boolean language sql as 'select true'`);
    await database.guard(
      `${QUOTED} set search_path = public`,
      "select exists (select from memberships where team_id = $1::int4 and 'a'::text = 'a')",
      "helpers.f(id)",
    );
    expect(await database.told()).toEqual({
      calls: { "public.memberships": ["team_id"] },
      caveats: [],
      request: [],
    });
    await database.exec("create temp table hers (id int)");
    await database.exec(
      `create or replace function helpers.${QUOTED} set search_path = public as 'select exists (select from hers)'`,
    );
    expect((await database.analysis()).refusals).toEqual({
      "helpers.f(integer)": "it finds something temporary",
    });
  });

  test("S5. the role that parses may not use a schema: the reason says so", async () => {
    await database.exec(`create role other; grant other to current_user; create schema theirs authorization other;
      create table theirs.secrets (id int); revoke usage on schema theirs from tidemark_analyser`);
    await database.guard(
      `${QUOTED} set search_path = theirs`,
      "select exists (select from secrets where id = $1)",
      "helpers.f(id)",
    );
    // A superuser grants what it needs.
    expect((await database.told()).calls).toEqual({ "theirs.secrets": ["id"] });
    const [row] =
      await database.sql`select has_table_privilege('tidemark_analyser', 'theirs.secrets', 'select') as reads`;
    expect(row?.reads).toBe(false);
  });
});
