import type { Sql } from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { captureSql } from "./capture-sql.ts";
import { AnalysedDatabase } from "./testing/analysed.ts";

/**
 * A role without rights owns the schema `theirs` with functions, and may create in `public`, as any role may in PostgreSQL
 * 14. Her code counts up a sequence, which no rollback undoes, whenever it runs as another role.
 */
const LOW = `create role low; create schema theirs authorization low; grant usage on schema theirs to public; grant create on schema public to low;
  create sequence caught; grant usage on sequence caught to public;
  create function theirs.catch(what text) returns boolean language plpgsql as $$
    begin
      if current_user <> 'low' then
        perform nextval('public.caught');
        raise warning 'caught % as %', what, current_user;
      end if;
      return true;
    end $$;
  alter function theirs.catch(text) owner to low; grant create on database postgres to low`;

let database: AnalysedDatabase;
let low: Sql;
const caught: string[] = [];

const onnotice = ({ message = "" }: { message?: string }) => {
  if (message.startsWith("caught")) caught.push(message);
};

beforeAll(async () => {
  database = await AnalysedDatabase.start();
  await database.exec(LOW);
});
beforeEach(async () => {
  caught.length = 0;
  low = database.session({ onnotice });
  // Whatever the owner of a function may have made before.
  await low.unsafe("set session authorization low; set check_function_bodies = off").simple();
});
afterEach(async () => {
  await low.end();
  await database.exec("drop owned by low cascade");
  await database.exec(`${LOW.slice(LOW.indexOf("create schema theirs"), LOW.indexOf("create sequence"))}
    grant usage on sequence caught to public; ${LOW.slice(LOW.indexOf("create function"))}`);
  await database.exec("alter sequence caught restart; drop policy if exists p on docs");
});
afterAll(() => database?.postgres.stop());

/** She makes this, and a view by which her function is analysed; then everybody changes the schema. */
async function attack(statements: string): Promise<void> {
  await low.unsafe(`${statements}; create view theirs.seen as select theirs.f()`).simple();
  await low.unsafe("create table theirs.another (id int)").simple();
  const administrator = database.session({ onnotice });
  await administrator
    .unsafe("create table another (id int); drop table another; select tidemark.schema_changed()")
    .simple();
  await administrator.end();
}

async function expectQuiet(): Promise<void> {
  expect(caught).toEqual([]);
  expect(await database.sql`select is_called from caught`).toMatchObject([{ is_called: false }]);
}

const closing = (body: string) =>
  `create function theirs.f() returns boolean language sql as $f$ ${body} $f$`;
const TYPES = `create function theirs.fits(int) returns boolean language plpgsql as $$ begin return theirs.catch('a check'); end $$;
  create domain theirs.fitting as int check (theirs.fits(value)); create type theirs.held as (a theirs.fitting);
  create type theirs.span as range (subtype = theirs.fitting)`;

describe("no code of the owner of a function runs because it is analysed", () => {
  test.each([
    ["the block closed", closing("select true; end; select theirs.catch('closed')")],
    [
      "closed in other letters",
      closing(
        "select true; End\n; select theirs.catch('closed'); create function theirs.g() returns int begin atomic select 1",
      ),
    ],
    ["closed after a comment", closing("select true;/* ; */ end --\n; select theirs.catch('closed')")],
    ["closed at once", closing("end; select theirs.catch('closed')")],
    ["closed at once and quietly", closing("end")],
    [
      "closed, with a transaction begun",
      closing("select true; end; do $x$ begin perform theirs.catch('closed'); end $x$; begin"),
    ],
    [
      "closed by what closes our own quoting",
      closing("select true $tidemark$; end; select theirs.catch('closed'); $tidemark$"),
    ],
    ["a comment that does not end", closing("select true /*")],
    ["a text that does not end", closing("select 'true")],
    ["a text read as an array of a domain", `${TYPES}; ${closing("select '{1}'::theirs.fitting[] is null")}`],
    ["a text read as a row", `${TYPES}; ${closing("select '(1)'::theirs.held is null")}`],
    ["a text read as an array of rows", `${TYPES}; ${closing(`select '{"(1)"}'::theirs.held[] is null`)}`],
    ["a text read as a range", `${TYPES}; ${closing("select '[1,2)'::theirs.span is null")}`],
    ["a text in dollars", `${TYPES}; ${closing("select $$(1)$$::theirs.held is null")}`],
    [
      "a text that an operator reads",
      `${TYPES}; create function theirs.same(int, theirs.held) returns boolean language sql as 'select true';
      create operator public.=== (leftarg = int, rightarg = theirs.held, function = theirs.same); ${closing("select 1 operator(public.===) '(1)'")}`,
    ],
    [
      "a text that an argument reads",
      `${TYPES}; create function theirs.takes(theirs.held) returns boolean language sql as 'select true'; ${closing("select theirs.takes('(1)')")}`,
    ],
    [
      "a domain that makes Postgres run a text",
      `create domain theirs.fitting as text check (query_to_xml('select theirs.catch(''xml'')', true, true, value) is not null);
      create type theirs.held as (a theirs.fitting); ${closing("select '(1)'::theirs.held is null")}`,
    ],
    [
      "a domain whose check is a cast",
      `create type theirs.odd as enum ('1'); create function theirs.cast_(int) returns theirs.odd language plpgsql as $$ begin perform theirs.catch('a cast'); return '1'; end $$;
      create cast (int as theirs.odd) with function theirs.cast_(int); create domain theirs.fitting as int check ((value::theirs.odd) is not null); create type theirs.held as (a theirs.fitting); ${closing("select '(1)'::theirs.held is null")}`,
    ],
    [
      "defaults of arguments",
      "create function theirs.f(a boolean default theirs.catch('a default'), b text default '; end; select theirs.catch(1)') returns boolean language sql as 'select a'",
    ],
    [
      "a function labelled IMMUTABLE",
      `create function theirs.fixed() returns boolean language plpgsql immutable as $$ begin return theirs.catch('folded'); end $$; ${closing("select theirs.fixed() and theirs.fixed()")} immutable`,
    ],
    [
      "a limit and a window",
      `create function theirs.fixed() returns int language plpgsql immutable as $$ begin perform theirs.catch('folded'); return 1; end $$; ${closing("select true limit theirs.fixed()")}`,
    ],
    [
      "names of all kinds",
      `create type theirs."t) returns void; select theirs.catch('type')--" as enum ('a');
      create function theirs.g("a' text) $tidemark$ ; end; select theirs.catch('argument')--" int, theirs."t) returns void; select theirs.catch('type')--") returns boolean language sql as 'select true';
      create function theirs."f(); select theirs.catch('name'); $tidemark$ ' "" --"() returns boolean language sql as 'select theirs.g(1, null)'; create view theirs.names as select theirs."f(); select theirs.catch('name'); $tidemark$ ' "" --"();
      ${closing("select true")}`,
    ],
    [
      "a search path",
      `${closing("select true")} set search_path = "public'); select theirs.catch('path'); --", "$tidemark$", theirs`,
    ],
    [
      "functions of Postgres' own, hidden",
      `create function public.set_config(text, text, boolean) returns text language plpgsql as $$ begin perform theirs.catch('set_config'); return ''; end $$;
      create function theirs.set_config(text, text, boolean) returns text language plpgsql as $$ begin perform theirs.catch('set_config'); return ''; end $$;
      ${closing("select true")} set search_path = theirs, public, pg_catalog`,
    ],
    ["a query that says so itself", `${closing("select theirs.catch('run')")}`],
  ])("%s", async (_, statements) => {
    await attack(statements);
    await expectQuiet();
  });

  test("temporary objects in the session that changes the schema", async () => {
    await low
      .unsafe(`create function pg_temp.set_config(text, text, boolean) returns text language plpgsql as $$ begin perform theirs.catch('temporary'); return ''; end $$;
      create domain pg_temp.text as pg_catalog.text check (theirs.catch('temporary type')); create temp table pg_proc (oid oid); create temp view pg_class as select theirs.catch('temporary view')`)
      .simple();
    await attack(closing("select true"));
    await expectQuiet();
  });

  test("the schema in which bodies are parsed is not hers, and nothing stays in it", async () => {
    for (const statement of [
      "select tidemark_analysis.parse('f', '', 'select 1', '')",
      "create function tidemark_analysis.f() returns int language sql as 'select 1'",
      "set role tidemark_analyser",
      "select * from tidemark.analysis",
    ])
      await expect(low.unsafe(statement).simple()).rejects.toThrow(/permission denied/);
    const left =
      await database.sql`select p.proname from pg_proc p where p.pronamespace = 'tidemark_analysis'::regnamespace`;
    expect(left).toMatchObject([{ proname: "parse" }]);
  });
});

describe("these would run if they were parsed", () => {
  test.each([
    ["the block closed", "select true; end; select theirs.catch('closed')", ""],
    ["an array of a domain", "select '{1}'::theirs.fitting[] is null", TYPES],
    ["a row", "select '(1)'::theirs.held is null", TYPES],
    ["a range", "select '[1,2)'::theirs.span is null", TYPES],
    [
      "a text run by Postgres",
      "select '(1)'::theirs.held is null",
      `create domain theirs.fitting as text check (query_to_xml('select theirs.catch(''xml'')', true, true, value) is not null);
       create type theirs.held as (a theirs.fitting)`,
    ],
  ])("%s", async (_, body, types) => {
    await low.unsafe(`${types}; ${closing(body)}`).simple();
    const administrator = database.session({ onnotice });
    await administrator`select tidemark_analysis.parse('f'::text, ''::text, ${body}::text, 'pg_temp'::text)`;
    await administrator.end();
    expect(caught).toContainEqual(expect.stringMatching(/as tidemark_analyser$/));
  });
});

describe("should code run all the same, it is nobody's", () => {
  const parse = (body: string) =>
    database.sql`select p.* from tidemark_analysis.parse('f'::text, ''::text, ${body}::text, 'pg_temp'::text) p`;

  test("it may not become anybody else, and nothing that it makes stays", async () => {
    const tried =
      await parse(`select true; end; create table tidemark_analysis.made as select current_user as name;
      do $x$ begin reset role; exception when others then insert into tidemark_analysis.made values (sqlerrm); end $x$;
      do $x$ begin execute 'set role postgres'; exception when others then insert into tidemark_analysis.made values (sqlerrm); end $x$;
      do $x$ begin raise exception '%', (select string_agg(name, ' / ') from tidemark_analysis.made); end $x$`);
    expect(tried[0]?.problem).toMatch(
      /^tidemark_analyser \/ cannot set parameter "role" within security-definer function \/ cannot set parameter "role"/,
    );
    expect(await database.sql`select to_regclass('tidemark_analysis.made') as made`).toMatchObject([
      { made: null },
    ]);
  });

  test("it may read and change nothing", async () => {
    const [may] = await database.sql`
      select (select count(*)::int from pg_class c where c.relnamespace in ('public'::regnamespace, 'tidemark'::regnamespace, 'helpers'::regnamespace)
          and c.relkind in ('r', 'v') and has_table_privilege('tidemark_analyser', c.oid, 'select, insert, update, delete, truncate, references, trigger')) as touch,
        (select count(*)::int from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'tidemark_analysis'
          and has_schema_privilege('tidemark_analyser', n.oid, 'create')) as make,
        has_schema_privilege('tidemark_analyser', 'tidemark', 'usage') as look,
        (select count(*)::int from pg_auth_members m where m.member = 'tidemark_analyser'::regrole or m.roleid = 'tidemark_analyser'::regrole) as others`;
    expect(may).toEqual({ touch: 0, make: 0, look: false, others: 0 });
  });
});

test("nothing is analysed where others could act as the role, or own the schema", async () => {
  const obstacle = async () => (await database.analysis()).obstacle;
  expect(await obstacle()).toBeNull();
  await database.exec("grant tidemark_analyser to low");
  expect(await obstacle()).toBe("others may act as tidemark_analyser");
  await database.exec("revoke tidemark_analyser from low; alter schema tidemark_analysis owner to low");
  expect(await obstacle()).toBe("the schema tidemark_analysis is not ours");
  await database.exec(
    "alter schema tidemark_analysis owner to postgres; alter function tidemark_analysis.parse security invoker",
  );
  expect(await obstacle()).toBe("the schema tidemark_analysis does not hold what it should");
  await database.exec(
    "alter function tidemark_analysis.parse security definer; alter role tidemark_analyser createdb",
  );
  expect(await obstacle()).toBe("the role tidemark_analyser may do more than it should");
  await database.exec("alter role tidemark_analyser nocreatedb");
  expect(await obstacle()).toBeNull();
});

test("an installation over a schema of hers: nothing is analysed, and nothing of hers is called", async () => {
  await database.exec("create database planted");
  const administrator = database.session({ database: "planted", onnotice });
  await administrator
    .unsafe(`create schema tidemark_analysis authorization low; create table t (id int primary key);
      create function tidemark_analysis.parse(text, text, text, text) returns record language plpgsql as $$ begin raise warning 'caught'; return null; end $$;
      alter function tidemark_analysis.parse owner to low`)
    .simple();
  await administrator.unsafe(captureSql({ tables: [{ relation: "public.t" }], secretHash: [] })).simple();
  await administrator
    .unsafe(
      "create function f() returns bigint language sql as 'select count(*) from public.t'; create view v as select f()",
    )
    .simple();
  expect(await administrator`select tidemark.analysis_obstacle() as obstacle`).toMatchObject([
    { obstacle: "the schema tidemark_analysis is not ours" },
  ]);
  expect(caught).toEqual([]);
});
