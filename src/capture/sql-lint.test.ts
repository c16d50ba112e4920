import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { watchTablesSql } from "../cli/sql/watch-tables-sql.ts";
import { captureSql, removeCaptureSql, schemaSql } from "./capture-sql.ts";
import { CapturedDatabase, SECRET_HASH } from "./testing/database.ts";
import { type Known, unknownNames } from "./testing/sql-lint.ts";

/** Every kind of column, table and nudge, so that the lint reads every variant of a trigger. */
const TABLES = `create type mood as enum ('sad'); create domain small as int;
  create table kinds (id int primary key, t text, b bytea, e mood, es mood[], d small, ds small[], a int[], j jsonb, n numeric);
  create table parted (id int, t text) partition by list (id); create table part partition of parted for values in (1);
  create table bare ();`;

const OPTIONS = {
  secretHash: SECRET_HASH,
  tables: ["kinds", "parted", "bare"].map((table) => ({ relation: `public.${table}` })),
  nudge: { url: "https://gateway.example", secret: `whsec_${"a".repeat(32)}` },
  callers: ["anon"],
};

const SCRIPTS = {
  "what captures": captureSql(OPTIONS),
  "what captures again": captureSql({ ...OPTIONS, callers: undefined }),
  "what describes the schema": schemaSql(OPTIONS),
  "what removes": removeCaptureSql(),
  "what watches": watchTablesSql(["public.kinds", "public.parted"]),
};

interface Routine {
  readonly name: string;
  readonly source: string;
  readonly language: string;
  readonly settings: readonly string[] | null;
}

let database: CapturedDatabase;
let known: Known;
let routines: readonly Routine[];

beforeAll(async () => {
  database = await CapturedDatabase.create(TABLES, []);
  await database.exec(captureSql(OPTIONS));
  const names = async (query: string) =>
    new Set((await database.rows<{ name: string }>(query)).map(({ name }) => name));
  known = {
    functions: await names(
      "select proname as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace",
    ),
    relations: await names(
      "select relname as name from pg_class where relnamespace = 'pg_catalog'::regnamespace",
    ),
    types: await names("select typname as name from pg_type where typnamespace = 'pg_catalog'::regnamespace"),
  };
  routines =
    await database.rows<Routine>(`select p.oid::regprocedure::text as name, p.prosrc as source, l.lanname as language,
      p.proconfig as settings
    from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace in ('tidemark'::regnamespace, 'tidemark_analysis'::regnamespace) or p.proname like 'tidemark\\_%'`);
});
afterAll(() => database.close());

describe("in all our SQL", () => {
  test.each(Object.entries(SCRIPTS))("%s names nothing that another role may define", (_, script) => {
    expect(unknownNames(script, known)).toEqual([]);
  });

  test("no function does, as stored in the database", () => {
    expect(routines.length).toBeGreaterThan(40);
    const found = routines.flatMap(({ name, source }) =>
      unknownNames(source, known).map((each) => `${name}: ${each}`),
    );
    expect(found).toEqual([]);
  });

  test("every function looks names up in pg_catalog, and in pg_temp last", () => {
    const others = routines.filter(({ settings }) => !settings?.includes("search_path=pg_catalog, pg_temp"));
    // A condition without a name, so that the planner may drop it.
    expect(others.map(({ name, source }) => [name, source.trim()])).toEqual([
      ["tidemark.typed(anyelement,anyelement)", "select $1"],
    ]);
  });

  test("a backslash stands only where its meaning is fixed", () => {
    const loose = routines.filter(
      ({ source, settings }) =>
        // What a backslash means in E'…' is fixed, whatever the session says.
        source.replaceAll(/\bE'(?:[^'\\]|''|\\.)*'/g, "").includes("\\") &&
        !settings?.includes("standard_conforming_strings=on"),
    );
    expect(loose.map(({ name }) => name)).toEqual([]);
  });

  test.each(Object.entries(SCRIPTS))("%s sets the search_path first, and back last", (_, script) => {
    const statements = script.trim().split(/;\n/);
    expect(script.trim()).toMatch(
      /^do \$tidemark\$ begin\s+perform pg_catalog\.set_config\('tidemark\.caller_search_path'/,
    );
    expect(statements.slice(0, 4).join(";")).toContain("set search_path = pg_catalog, pg_temp");
    expect(script.trim().split("do $tidemark$").at(-1)).toContain("set_config('search_path'");
  });
});

test.each([
  ["select format('%s', x)", []],
  ["select frmat('%s', x)", ["frmat()"]],
  ["select public.format('%s')", ["public.format()"]],
  ["select 1 from pg_class c join things t on true", ["from things"]],
  ["select 1 from theirs.things", ["from theirs"]],
  ["select x::pg_catalog.text, y::mood, z::theirs.mood", ["::mood", "::theirs."]],
  ["with a as (select 1) select * from a", []],
  ["do $x$ begin perform evil(); end $x$", ["evil()"]],
  ["select 'evil()', \"evil\" -- evil()", []],
])("the lint reads %s", (sql, expected) => {
  const some = { functions: new Set(["format"]), relations: new Set(["pg_class"]), types: new Set(["text"]) };
  expect(unknownNames(sql, some)).toEqual(expected);
});
