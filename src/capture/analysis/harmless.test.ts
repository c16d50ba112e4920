import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { captureSql, removeCaptureSql } from "../capture-sql.ts";
import { AnalysedDatabase } from "../testing/analysed.ts";

let database: AnalysedDatabase;

beforeAll(async () => {
  database = await AnalysedDatabase.start();
});
afterAll(() => database?.postgres.stop());

const MEMBER = "select exists (select from public.memberships where team_id = $1)";
const guard = () => database.guard("f(int) returns boolean language sql", MEMBER, "helpers.f(id)");

describe("an analysis disturbs nobody", () => {
  beforeEach(() => database.clear());

  test("a transaction that has changed the schema can be prepared", async () => {
    await guard();
    await database.exec("begin; create view helpers.t as select 1 as x; prepare transaction 'changed'");
    await database.exec("commit prepared 'changed'");
    expect((await database.told()).caveats).toEqual([]);
  });

  test("nor does it wait for a table that is locked: until the next DDL, the function is opaque", async () => {
    await guard();
    const other = database.session();
    await other.unsafe("begin; lock table memberships in access exclusive mode").simple();
    await database.exec("create view helpers.t as select 1 as x");
    expect((await database.analysis()).refusals).toEqual({
      "helpers.f(integer)": expect.stringContaining("lock"),
    });
    expect((await database.told()).caveats).toEqual(["unknown-reads: helpers.f(integer)"]);
    await other.unsafe("commit").simple();
    await database.exec("create view helpers.u as select 1 as x");
    expect((await database.told()).caveats).toEqual([]);
  });

  test("it leaves no lock behind, no object, and none of the session's settings otherwise", async () => {
    await guard();
    await database.exec("set search_path = helpers, public; begin; create view helpers.t as select 1 as x");
    const held = await database.sql`select l.relation::regclass::text as name from pg_locks l
      where l.pid = pg_backend_pid() and l.relation = 'public.memberships'::regclass`;
    const path = await database.sql`show search_path`;
    await database.exec("commit; reset search_path");
    expect(held).toEqual([]);
    expect(path).toMatchObject([{ search_path: "helpers, public" }]);
    const [row] =
      await database.sql`select count(*)::int as functions from pg_proc where pronamespace = 'tidemark_analysis'::regnamespace`;
    expect(row?.functions).toBe(1);
  });

  test("where all tables are published, superseded analyses are deleted all the same", async () => {
    await guard();
    await database.exec("create publication everything for all tables");
    for (const view of ["helpers.a", "helpers.b", "helpers.c"])
      await database.exec(`create view ${view} as select 1 as x`);
    expect(await database.sql`select count(*)::int as runs from tidemark.analysis_run`).toMatchObject([
      { runs: 1 },
    ]);
    await database.exec("drop publication everything");
  });

  test("a change of the schema by it is not taken for one", async () => {
    await guard();
    const version = () => database.sql`select tidemark.schema_version()::int as version`;
    const [before] = await version();
    await database.exec(
      "create table helpers.t (id int); comment on table helpers.t is 'quiet'; create view helpers.v as select 1 as x",
    );
    const [after] = await version();
    expect(after?.version).toBe(before?.version + 1);
  });

  test("bodies that cannot be parsed, and those that are too long, fail no DDL", async () => {
    await database.exec(`set check_function_bodies = off;
      create function helpers.bad() returns int language sql as 'selekt';
      create function helpers.long() returns int language sql as $$ select ${"1 + ".repeat(20_000)} 1 $$;
      create view helpers.all_ as select helpers.bad(), helpers.long()`);
    await guard();
    expect((await database.told()).caveats).toEqual([]);
    expect(Object.keys((await database.analysis()).refusals).sort()).toEqual([
      "helpers.bad()",
      "helpers.long()",
    ]);
  });
});

describe("whoever installs", () => {
  const install = captureSql({ tables: [{ relation: "public.t" }], secretHash: [] });

  /** A database of this role's own, with a view that calls a function. */
  async function installed(role: string) {
    await database.exec(`create role ${role} login password 'x'`);
    await database.exec(`create database ${role} owner ${role}`);
    const owner = database.session({ database: role, username: role, password: "x" });
    await owner.unsafe(`create schema if not exists app; create table app.t (id int primary key)`).simple();
    return owner;
  }

  test("one that may make roles: it is removed without a trace", async () => {
    await database.exec(removeCaptureSql());
    const [left] =
      await database.sql`select to_regrole('tidemark_analyser') as role, to_regnamespace('tidemark_analysis') as schema`;
    expect(left).toEqual({ role: null, schema: null });
    const owner = await installed("maker");
    await database.exec("alter role maker createrole");
    const root = database.session({ database: "maker" });
    await root.unsafe("alter schema public owner to maker; grant all on schema public to maker").simple();
    await owner.unsafe(`create table t (id int primary key); ${install}`).simple();
    await owner
      .unsafe(
        "create function app.f() returns bigint language sql as 'select count(*) from app.t'; create view v as select app.f(); select tidemark.schema_changed()",
      )
      .simple();
    expect(
      await owner`select tidemark.analysis_obstacle() as obstacle, a.refusal from tidemark.analyses() a`,
    ).toEqual([{ obstacle: null, refusal: null }]);
    // Again, and away.
    await owner.unsafe(install).simple();
    expect(
      await owner`select tidemark.analysis_obstacle() as obstacle, a.refusal from tidemark.analyses() a`,
    ).toEqual([{ obstacle: null, refusal: null }]);
    await owner.unsafe(removeCaptureSql()).simple();
    const [gone] =
      await owner`select to_regrole('tidemark_analyser') as role, to_regnamespace('tidemark_analysis') as schema`;
    expect(gone).toEqual({ role: null, schema: null });
  });

  test("one that may not: nothing is analysed, and the reason is told", async () => {
    const owner = await installed("plain");
    const root = database.session({ database: "plain" });
    await root.unsafe("alter schema public owner to plain; create role tidemark_keeper").simple();
    await owner.unsafe(`create table t (id int primary key); ${install}`).simple();
    await owner
      .unsafe(
        "create function app.f() returns bigint language sql as 'select count(*) from app.t'; create view v as select app.f(); select tidemark.schema_changed()",
      )
      .simple();
    expect(
      await owner`select tidemark.analysis_obstacle() as obstacle, (select count(*)::int from tidemark.analyses()) as analyses`,
    ).toEqual([{ obstacle: "there is no role tidemark_analyser", analyses: 0 }]);
  });
});
