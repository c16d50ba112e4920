import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CapturedDatabase, SECRET } from "./testing/database.ts";

/**
 * A role without rights owns the watched tables and the schema `theirs`, and may create in `public`, as any role may
 * in PostgreSQL 14. Its code counts up a sequence, which no rollback undoes, whenever it runs as another role.
 */
const LOW = `create role low; create schema theirs authorization low; grant all on schema public to low;
  create sequence public.caught; grant usage on sequence public.caught to public;
  create function theirs.catch(what text) returns void language plpgsql as $$
    begin
      if current_user <> 'low' then
        raise warning 'caught % as %', what, current_user;
        perform nextval('public.caught');
      end if;
    end $$;
  alter function theirs.catch(text) owner to low;`;

const TABLES = `
  create type theirs.mood as enum ('sad', 'ok', 'NULL'); create type theirs.pair as (a int, b theirs.mood);
  create domain theirs.small as int; create domain theirs.moody as theirs.mood; create domain theirs.moods as theirs.mood[];
  create type theirs.span as range (subtype = int4);
  create table theirs.items (id int primary key, n int, t text, e theirs.mood, es theirs.mood[], c theirs.pair,
    cs theirs.pair[], d theirs.small, ds theirs.small[], de theirs.moody, des theirs.moods, r theirs.span, j json);`;

const asLow = (sql: string) => `set role low; ${sql}; reset role;`;

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(`${LOW} ${asLow(TABLES)}`, []);
  await database.exec("select tidemark.watch('theirs.items')");
});
beforeEach(async () => {
  await database.exec("delete from theirs.items; alter sequence caught restart");
  await database.told();
});
afterAll(() => database.close());

const caught = () => database.value<boolean>("select is_called from caught");

const ROW = `(1, 1, 't', 'sad', '{ok,"NULL",NULL}', '(1,sad)', '{"(1,ok)"}', 3, '{4,NULL}', 'ok', '{sad}', '[1,2)', '{"a":1}')`;
const WRITES = `insert into theirs.items values ${ROW}; update theirs.items set n = 2; insert into theirs.items select n, n from
  generate_series(2, 3) n; update theirs.items set t = 'x'; delete from theirs.items`;

describe("a watched table of theirs", () => {
  test("reports enums, domains and arrays of both, but no value that contains their rows or ranges", async () => {
    await database.exec(`insert into theirs.items values ${ROW}`);
    const [change] = await database.toldChanges();
    expect(change?.record).toEqual({
      ...{
        id: 1,
        n: 1,
        t: "t",
        e: "sad",
        es: ["ok", "NULL", null],
        d: 3,
        ds: [4, null],
        de: "ok",
        des: ["sad"],
      },
      j: { a: 1 },
    });
    await database.exec(
      "update theirs.items set e = null, es = null, d = null, ds = null, de = null, des = null",
    );
    const [emptied] = await database.toldChanges();
    expect(emptied?.record).toMatchObject({ e: null, es: null, d: null, ds: null, de: null, des: null });
  });

  test("their operators, checks and functions run as no other role", async () => {
    await database.exec(
      asLow(`
      create function theirs.equal(theirs.mood, theirs.mood) returns bool language plpgsql as
        $$ begin perform theirs.catch('='); return true; end $$;
      create operator public.= (leftarg = theirs.mood, rightarg = theirs.mood, function = theirs.equal);
      create function theirs.fits(int) returns bool language plpgsql as
        $$ begin perform theirs.catch('check'); return true; end $$;
      create domain theirs.fitting as int check (theirs.fits(value));
      create function public.to_json(theirs.mood) returns json language plpgsql as
        $$ begin perform theirs.catch('to_json'); return 'null'; end $$;
      create function public.octet_length(theirs.mood) returns int language plpgsql as
        $$ begin perform theirs.catch('octet_length'); return 1; end $$;
      create function public.concat(theirs.mood) returns text language plpgsql as
        $$ begin perform theirs.catch('concat'); return 1; end $$;`),
    );
    await database.exec(asLow(WRITES));
    expect(await caught()).toBe(false);
  });

  test.each(["theirs.mood", "theirs.pair", "theirs.span"])(
    "casts of %s run as no other role",
    async (type) => {
      const targets = ["json", "text", "int4", "theirs.mood", "numeric", "jsonb", "int4[]", "text[]"];
      const casts = targets
        .filter((target) => target !== type)
        .map((target, n) => {
          const name = `theirs.cast_${type.replace("theirs.", "")}_${n}`;
          const how = target === "json" || target === "jsonb" ? "assignment" : "implicit";
          return `create function ${name}(${type}) returns ${target} language plpgsql as
        $$ begin perform theirs.catch('${type} as ${target}'); return ${target === "json" ? "'1'" : "null"}; end $$;
        create cast (${type} as ${target}) with function ${name}(${type}) as ${how};`;
        });
      await database.exec(asLow(casts.join("\n")));
      await database.exec(WRITES);
      await database.exec(asLow(WRITES));
      expect(await caught()).toBe(false);
    },
  );

  test("nor do those of a type that a column was changed to unnoticed", async () => {
    await database.exec(
      asLow(`create table theirs.turned (id int primary key, n int, t text, d theirs.small, e theirs.mood, a int[]);
      create type theirs.evil as (a int);
      ${["json", "text", "int4", "int4[]", "theirs.mood", "numeric", "bytea"]
        .map(
          (target, n) => `create function theirs.turn_${n}(theirs.evil) returns ${target} language plpgsql as
          $$ begin perform theirs.catch('evil as ${target}'); return ${target === "json" ? "'1'" : "null"}; end $$;
          create cast (theirs.evil as ${target}) with function theirs.turn_${n}(theirs.evil) as implicit;`,
        )
        .join("\n")}`),
    );
    await database.exec(`select tidemark.watch('theirs.turned');
      alter event trigger tidemark_ddl disable; alter event trigger tidemark_drop disable;
      insert into theirs.turned values (1, 1, 't', 2, 'ok', '{1}')`);
    await database.told();
    for (const column of ["n", "t", "d", "e", "a"]) {
      await database.exec(
        asLow(`alter table theirs.turned alter ${column} type theirs.evil using row(1)::theirs.evil;
        insert into theirs.turned (id) values (10); update theirs.turned set id = id + 100; delete from theirs.turned`),
      );
      expect([column, await caught()]).toEqual([column, false]);
    }
    await database.exec(
      "alter event trigger tidemark_ddl enable always; alter event trigger tidemark_drop enable always",
    );
  });

  test("the writer's session settings alter no row image", async () => {
    await database.told();
    await database.exec(`set array_nulls = off; set standard_conforming_strings = off;
      insert into theirs.items (id, es) values (1, array[null, 'ok']::theirs.mood[])`);
    await database.exec("reset array_nulls; reset standard_conforming_strings");
    expect((await database.toldChanges())[0]?.record).toMatchObject({ es: [null, "ok"] });
  });

  test("the writer's temporary objects shadow no others", async () => {
    const names = ["pg_class", "pg_attribute", "pg_trigger", "pg_inherits", "pg_namespace"];
    const types = ["regclass", "text", "json", "oid", "name", "jsonb"];
    await database.exec(
      `create or replace function theirs.checked(x text) returns bool language plpgsql as
        $$ begin perform theirs.catch('temporary'); return true; end $$;
       ${names.map((name) => `create temp table ${name} (id int);`).join("")}
       ${types.map((name) => `create domain pg_temp.${name} as pg_catalog.int4 check (theirs.checked(value::pg_catalog.text));`).join("")}`,
    );
    await database.exec(
      asLow(`${WRITES}; alter table theirs.items add extra int; alter table theirs.items drop extra`),
    );
    await database.exec(`alter sequence caught restart; create table public.by_owner (id int); select tidemark.schema_changed();
      select tidemark_schema($$${SECRET}$$); select tidemark_changes($$${SECRET}$$); select tidemark_prune($$${SECRET}$$)`);
    expect(await caught()).toBe(false);
    await database.exec(`${names.map((name) => `drop table pg_temp.${name};`).join("")}
      ${types.map((name) => `drop domain pg_temp.${name};`).join("")} drop table public.by_owner`);
  });
});
