import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { ANN, type Are, atomic, plpgsql, quoted, Stage } from "./rig.ts";

// Two who call one function with the same arguments and get different answers: nobody gets what was kept for the other.

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

/** Whether the caller is Ann, by a header that is in no key. */
const IS_ANN = "current_setting('request.headers', true)::json ->> 'user-agent' = 'ann'";

interface Kind {
  readonly setup: string;
  readonly are: Are;
  /** What makes the function. */
  readonly functions: readonly (readonly [string, string])[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  "a domain whose checks read the request": {
    setup: `
      create domain public.for_ann as int check (${IS_ANN});
      create type public.pair as (a public.for_ann);
      create table public.held (a public.for_ann);
      create view public.seen as select a from public.held;
      create operator public.@! (leftarg = anyelement, rightarg = jsonb, function = jsonb_populate_record);
      create function private.takes(a public.for_ann) returns boolean language plpgsql stable as 'begin return true; end';
      create function private.next(a public.for_ann, b int) returns public.for_ann language sql stable as 'select 1::public.for_ann';
      create aggregate private.last(int) (sfunc = private.next, stype = public.for_ann);`,
    are: "anonymous",
    functions: [
      ["cast to", atomic("select 1::public.for_ann = 1")],
      ["made of JSON in a row", atomic(`select (jsonb_populate_record(null::public.pair, '{"a":1}')).a = 1`)],
      [
        "made of JSON in a row, by an operator",
        atomic(`select (null::public.pair operator(public.@!) '{"a":1}'::jsonb) is not null`),
      ],
      [
        "made of JSON in a row whose type is not named",
        atomic(`select jsonb_populate_record(row(x.v), '{"f1":1}') is not null
        from (select (null::public.pair).a as v) x`),
      ],
      [
        "made of JSON in a column",
        atomic(`select exists (select from jsonb_to_record('{"a":1}') as x(a public.for_ann))`),
      ],
      [
        "made of JSON by its path",
        atomic("select json_value('1', '$' returning public.for_ann) is not null"),
      ],
      [
        "made of JSON in a table, and not shown",
        atomic(
          `select x from json_table('[1]', '$[*]'
        columns (a public.for_ann path '$', x int path '$')) t`,
          "int",
        ),
      ],
      [
        "made of XML",
        atomic(
          `select count(*) = 1 from xmltable('/r' passing '<r>1</r>' columns a public.for_ann path '.') t`,
        ),
      ],
      ["read by its name", atomic("select array_in('{1}', 'public.for_ann'::regtype::oid, -1) is not null")],
      ["tried by its name", atomic("select pg_input_is_valid('1', 'public.for_ann')")],
      ["in an aggregate's state", atomic("select private.last(1) = 1")],
      ["returned by a tree", atomic("select 1", "public.for_ann")],
      ["returned by a text", quoted("select 1", "public.for_ann")],
      ["returned by PL/pgSQL", plpgsql("begin return 1; end", "public.for_ann")],
      ["in PL/pgSQL, in a row's type", plpgsql("declare r public.held; begin r.a := 1; return true; end")],
      ["in PL/pgSQL, in a view's type", plpgsql("declare r public.seen; begin r.a := 1; return true; end")],
      [
        "in PL/pgSQL, in a column's type",
        plpgsql("declare r public.held.a%type; begin r := 1; return true; end"),
      ],
      ["in PL/pgSQL, in an argument's type", plpgsql("begin return private.takes(1); end")],
    ],
  },
  "the session": {
    setup: `
      create table public.gates (agent text); insert into public.gates values ('ann'); alter table public.gates enable row level security;
      create policy own on public.gates using (agent = current_setting('app.agent', true));`,
    are: "anonymous",
    functions: [
      ["a setting of somebody's own", atomic("select current_setting('app.agent', true) = 'ann'")],
      ["a setting of somebody's own in a policy", atomic("select exists (select from public.gates)")],
      ["the text of the query", atomic("select current_query() like '%ann%'")],
    ],
  },
  "functions of claims that a path makes others of": {
    setup: `
      create schema private_path; grant usage on schema private_path to public;
      create function private_path.current_setting(text, boolean) returns text language sql stable
        as $$ select pg_catalog.current_setting('request.headers', true) $$;
      create or replace function auth.jwt() returns jsonb language sql stable
        as $$ select current_setting('request.jwt.claims', true)::jsonb $$;`,
    are: "signed in",
    functions: [
      [
        "by a caller's path",
        `create function public.f() returns text language sql stable set search_path = private_path, pg_catalog
        begin atomic select auth.jwt() ->> 'user-agent'; end`,
      ],
    ],
  },
  claims: {
    setup: `
      create table public.gates (u uuid) partition by list (u); create table public.gate partition of public.gates default;
      insert into public.gates values ('${ANN}'); alter table public.gate enable row level security;
      create policy own on public.gate using (u = auth.uid());
      create function private.claim(name text) returns text language sql stable as 'select auth.jwt() ->> name';`,
    are: "signed in",
    functions: [
      ["by a name that is an argument", atomic(`select private.claim('sub') = '${ANN}'`)],
      [
        "in an order",
        atomic(
          `select n from (values (1), (2)) v(n) order by (n = 1) = (auth.uid() = '${ANN}') limit 1`,
          "int",
        ),
      ],
      [
        "in an argument's default",
        `create function public.f(u uuid default auth.uid()) returns boolean language sql stable as $$ select u = '${ANN}' $$`,
      ],
      ["contained", atomic(`select auth.jwt() @> '{"sub":"${ANN}"}'`)],
      ["by a subscript", atomic(`select (auth.jwt())['sub'] = to_jsonb('${ANN}'::text)`)],
      [
        "each of them",
        atomic(`select exists (select from jsonb_each_text(auth.jwt()) where value = '${ANN}')`),
      ],
      ["in a policy of a partition", atomic("select exists (select from public.gate)")],
    ],
  },
};

describe.each(Object.entries(KINDS))("S5. %s", (_, { setup, are, functions }) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(database, setup);
  });

  test.each(functions)("%s", async (_, sql) => {
    const { ann, bob, isShared } = await stage.twoCallers({ sql }, are);
    expect(ann).not.toBe(bob);
    expect(isShared).toBe(false);
  });
});

describe("what is made of JSON and reads nothing of the caller's is shared", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(database, "create domain public.positive as int check (value > 0)");
  });

  test.each([
    [
      "columns",
      atomic(`select sum(x.a) = 1 from jsonb_to_recordset('[{"a":1}]') as x(a public.positive, b text)`),
    ],
    ["a row", atomic(`select (jsonb_populate_record(null::public.teams, '{"id":1}')).id = 1`)],
  ])("%s", async (_, sql) => {
    for (const are of ["anonymous", "signed in"] as const)
      expect(await stage.twoCallers({ sql }, are)).toMatchObject({
        ann: "[true]",
        bob: "[true]",
        isShared: true,
      });
  });
});
