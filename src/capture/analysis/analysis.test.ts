import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AnalysedDatabase } from "../testing/analysed.ts";
import { DROP_EVENT_TRIGGERS_SQL } from "../watch/ddl-sql.ts";
import { MAX_FUNCTIONS } from "./limits.ts";

let database: AnalysedDatabase;

beforeAll(async () => {
  database = await AnalysedDatabase.start();
});
beforeEach(() => database.clear());
afterAll(() => database?.postgres.stop());

const MEMBERSHIPS = { "public.memberships": ["team_id", "user_id"] };
const ROLES = { "public.user_roles": ["role", "user_id"] };

/** Name and arguments, result, body, the policy's condition, and what that reads. */
const HELPERS = [
  [
    "has_role(_user uuid, _role public.app_role)",
    "boolean",
    "select exists (select 1 from public.user_roles where user_id = _user and role = _role)",
    "helpers.has_role(auth.uid(), 'admin')",
    ROLES,
  ],
  [
    "is_member(of_team int)",
    "boolean",
    "select exists (select from public.memberships m where m.team_id = is_member.of_team and m.user_id = auth.uid());",
    "helpers.is_member(team_id)",
    MEMBERSHIPS,
  ],
  [
    "my_teams()",
    "setof int",
    "select team_id from public.memberships where user_id = auth.uid() -- mine",
    "team_id in (select helpers.my_teams())",
    MEMBERSHIPS,
  ],
  [
    "is_admin()",
    "boolean",
    "select exists (select from public.user_roles r where r.user_id = (select auth.uid()) and r.role = 'admin')",
    "(select helpers.is_admin())",
    ROLES,
  ],
] as const;

const KINDS = [
  "",
  "set search_path = ''",
  "security definer",
  "security definer set search_path = ''",
  "security definer set search_path = public, pg_temp",
];

describe("S5. a helper whose body is a text is followed", () => {
  test.each(HELPERS.flatMap(([name, ...helper]) => KINDS.map((kind) => [name, kind, ...helper] as const)))(
    "S5. %s %s",
    async (name, kind, result, body, condition, calls) => {
      await database.guard(`${name} returns ${result} language sql stable ${kind}`, body, condition);
      expect(await database.told()).toEqual({ calls, caveats: [], request: [] });
      expect((await database.analysis()).refusals).toEqual({});
    },
  );

  test.each([
    [
      "f(int) returns boolean language sql",
      "select exists (select from public.memberships where team_id = $1)",
      "helpers.f(id)",
    ],
    [
      "f(a int, b int default 3) returns boolean language sql",
      "select exists (select from public.memberships where team_id = b)",
      "helpers.f(id)",
    ],
    [
      "f(variadic a int[]) returns boolean language sql",
      "select exists (select from public.memberships where team_id = any (a))",
      "helpers.f(id, 2)",
    ],
    [
      "f(in a int, out b boolean, out c int) language sql",
      "select true, team_id from public.memberships where team_id = a",
      "(helpers.f(id)).b",
    ],
    [
      "f(a int) returns table (team int) language sql",
      "select team_id from public.memberships where team_id = a",
      "id in (select team from helpers.f(id))",
    ],
    [
      'f("a b" int) returns boolean language sql',
      'select exists (select from public.memberships where team_id = "a b")',
      "helpers.f(id)",
    ],
    [
      "f(public.docs) returns boolean language sql",
      "select exists (select from public.memberships where team_id = $1.team_id)",
      "helpers.f(docs)",
    ],
    [
      "f(int) returns boolean language sql",
      "select null::int; select exists (select from public.memberships where team_id = $1); ",
      "helpers.f(id)",
    ],
    [
      "f(int) returns boolean language sql strict parallel safe leakproof volatile",
      "select case when true then exists (select from public.memberships where team_id = $1) end",
      "helpers.f(id)",
    ],
  ])("S5. %s: %s", async (declaration, body, condition) => {
    await database.guard(declaration, body, condition);
    const { calls, caveats } = await database.told();
    expect(caveats).toEqual([]);
    expect(calls["public.memberships"]).toContain("team_id");
  });

  test("S5. through functions that it calls, and operators", async () => {
    await database.exec(`create function helpers.inner_(int) returns boolean language sql as
        'select exists (select from public.memberships where team_id = $1)';
      create function helpers.both(int, text) returns boolean language sql as 'select helpers.inner_($1)';
      create operator helpers.~~~ (leftarg = int, rightarg = text, function = helpers.both)`);
    await database.guard(
      "f(int) returns boolean language sql",
      "select $1 operator(helpers.~~~) 'x'",
      "helpers.f(id)",
    );
    expect(await database.told()).toEqual({
      calls: { "public.memberships": ["team_id"] },
      caveats: [],
      request: [],
    });
  });

  test("S5. before those that PostgREST may call, however many there are", async () => {
    // All at once, and not heard of one by one.
    const exposed = (text: string) =>
      database.exec(`${DROP_EVENT_TRIGGERS_SQL}
        do $$ begin for i in 1 .. ${MAX_FUNCTIONS} loop execute format('${text}', i); end loop; end $$;
        ${AnalysedDatabase.INSTALL}`);
    await exposed("create function public.rpc_%s() returns int language sql as ''select 1''");
    try {
      await database.exec(
        "create function helpers.g() returns int language sql as 'select team_id from public.memberships'",
      );
      await database.guard(
        "f() returns boolean language sql",
        `select helpers.g() = public.rpc_${MAX_FUNCTIONS}()`,
        "helpers.f()",
      );
      expect(await database.told()).toMatchObject({
        calls: { "public.memberships": ["team_id"] },
        caveats: [],
      });
    } finally {
      await exposed("drop function public.rpc_%s()");
    }
  });
});

describe("S5. what changes is analysed again", () => {
  const body = (table: string) => `select exists (select from public.${table} where user_id = auth.uid())`;

  test("S5. another body, and one that comes after a rollback", async () => {
    await database.guard("f() returns boolean language sql", body("memberships"), "helpers.f()");
    const before = await database.told();
    const replace = `create or replace function helpers.f() returns boolean language sql as $$ ${body("user_roles")} $$`;
    await database.exec(`begin; ${replace}; rollback`);
    expect(await database.told()).toEqual(before);
    await database.exec(replace);
    expect(await database.told()).toEqual({
      calls: { "public.user_roles": ["user_id"] },
      caveats: [],
      request: [],
    });
    await database.exec(
      "create or replace function helpers.f() returns boolean language plpgsql as 'begin return true; end'",
    );
    expect((await database.told()).caveats).toEqual(["unknown-reads: helpers.f()"]);
  });

  test("S5. a table that is dropped and made again is another one", async () => {
    await database.exec("create table helpers.t (id int)");
    await database.guard(
      "f() returns boolean language sql",
      "select exists (select from helpers.t where id = 1)",
      "helpers.f()",
    );
    expect((await database.told()).calls).toEqual({ "helpers.t": ["id"] });
    // No table of that schema is watched, so none of this is a new version.
    await database.exec("drop table helpers.t; create table helpers.t (id int)");
    expect((await database.told()).caveats).toEqual(["unknown-reads: helpers.f()"]);
    await database.exec("select tidemark.schema_changed()");
    expect((await database.told()).calls).toEqual({ "helpers.t": ["id"] });
  });

  test("S5. a table that is found sooner is noticed, in whatever schema", async () => {
    await database.exec("create schema sooner; grant usage on schema sooner to public");
    await database.guard(
      "f() returns boolean language sql set search_path = absent, sooner, public",
      "select exists (select from memberships where team_id = 1)",
      "helpers.f()",
    );
    expect((await database.told()).calls).toEqual({ "public.memberships": ["team_id"] });
    await database.exec("create table sooner.memberships (team_id int)");
    expect((await database.told()).calls).toEqual({ "sooner.memberships": ["team_id"] });
    await database.exec("drop schema sooner cascade");
    expect((await database.told()).calls).toEqual({ "public.memberships": ["team_id"] });
  });

  test("S5. what is dropped is forgotten", async () => {
    await database.guard("f() returns boolean language sql", body("memberships"), "helpers.f()");
    await database.exec("drop policy p on docs; drop function helpers.f()");
    const [row] =
      await database.sql`select count(*)::int as stored from tidemark.analysis where function not in (select oid from pg_proc)`;
    expect(row?.stored).toBe(0);
  });

  test("S5. two sessions' DDL that overlaps: neither is believed, until there is more", async () => {
    await database.guard("f() returns boolean language sql", body("memberships"), "helpers.f()");
    const [one, two] = [database.session(), database.session()];
    await one.unsafe("begin; create table helpers.one (id int); select tidemark.schema_changed()").simple();
    await two.unsafe("begin; create view helpers.two as select 1 as x; commit").simple();
    await one.unsafe("commit").simple();
    expect((await database.told()).caveats).toEqual(["unknown-reads: helpers.f()"]);
    await database.exec("create view helpers.three as select 1 as x");
    expect((await database.told()).caveats).toEqual([]);
  });

  test("S5. another watched table, and another installation, leave them as they are", async () => {
    await database.guard("f() returns boolean language sql", body("memberships"), "helpers.f()");
    await database.exec(
      "create table helpers.watched (id int primary key); select tidemark.watch('helpers.watched'); select tidemark.unwatch('helpers.watched')",
    );
    expect((await database.told()).caveats).toEqual([]);
    await database.exec(AnalysedDatabase.INSTALL);
    expect((await database.told()).caveats).toEqual([]);
  });
});
