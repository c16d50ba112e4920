import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { watchTablesSql } from "../cli/sql/watch-tables-sql.ts";
import { captureSql, removeCaptureSql, schemaSql } from "./capture-sql.ts";
import { CapturedDatabase, SECRET_HASH } from "./testing/database.ts";

/** As in PostgreSQL 14, any role may create in `public`, and the installer's search_path names it. */
const LOW = `create role low; grant create on schema public to low; create table items (id int primary key, t text);
  create sequence public.caught; grant usage on sequence public.caught to public;
  create schema theirs authorization low;
  create function theirs.caught() returns void language plpgsql as $$
    begin if current_user <> 'low' then perform nextval('public.caught'); end if; end $$;
  alter function theirs.caught() owner to low;`;

const OPTIONS = { tables: [{ relation: "public.items" }], secretHash: SECRET_HASH };
const SCRIPTS: Readonly<Record<string, string>> = {
  capture: captureSql({ ...OPTIONS, nudge: "notify", callers: ["low"] }) + watchTablesSql(["public.items"]),
  "capture again": captureSql(OPTIONS),
  schema: schemaSql(OPTIONS),
  removal: removeCaptureSql(),
};

const asLow = (sql: string) => `set role low; ${sql}; reset role;`;

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(LOW, []);
  await database.exec(removeCaptureSql());
});
beforeEach(() => database.exec("alter sequence caught restart"));
afterAll(() => database.close());

/** Overloads, owned by low, that match our scripts' calls better than Postgres' own functions do. */
async function overload(script: string): Promise<void> {
  const called = [...new Set([...script.matchAll(/\b([a-z_]+)\(/g)].map(([, name = ""]) => name))];
  const own = await database.rows<{ name: string; kind: string }>(
    "select distinct proname as name, prokind as kind from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname = any ($1)",
    [called],
  );
  const arguments_ = [
    "text",
    "text, text",
    "text, text, text",
    "name",
    "name, text",
    "text, name",
    "regclass",
    "oid",
    "int",
    "regrole",
  ];
  const functions = own.flatMap(({ name }) =>
    arguments_.map(
      (each) => `create or replace function public.${name}(${each}) returns text language plpgsql as
        $f$ begin perform theirs.caught(); return 'x'; end $f$;`,
    ),
  );
  const types = ["text", "name", "regclass", "oid", '"char"', "int4", "text[]", "regrole"];
  const operators = types.flatMap((left, l) =>
    types.flatMap((right, r) =>
      ["=", "<>", "||"].map(
        (
          operator,
          n,
        ) => `create function theirs.op_${l}_${r}_${n}(${left}, ${right}) returns bool language plpgsql as
          $f$ begin perform theirs.caught(); return true; end $f$;
        create operator public.${operator} (leftarg = ${left}, rightarg = ${right}, function = theirs.op_${l}_${r}_${n});`,
      ),
    ),
  );
  await database.exec(asLow([...functions, ...operators].join("\n")));
}

describe("no other role's functions, operators or temporary objects run with the installer's rights", () => {
  beforeAll(async () => {
    await overload(Object.values(SCRIPTS).join("\n"));
    // The session's search_path finds them before Postgres' own.
    expect(await database.value("select format('%s', 'y'::text)")).toBe("x");
  });

  test.each(Object.keys(SCRIPTS))("in the script for %s", async (script) => {
    // It refuses to run where capture is installed.
    if (script === "schema") await database.exec(SCRIPTS.removal ?? "");
    const path = await database.value("show search_path");
    await database.exec(SCRIPTS[script] ?? "");
    expect(await database.value("select is_called from caught")).toBe(false);
    expect(await database.value("show search_path")).toBe(path);
    if (script === "removal") return;
    await database.exec("insert into items values (1, 't'); update items set t = 'u'; delete from items");
    await database.exec("create table public.another (id int); drop table public.another");
    expect(await database.value("select is_called from caught")).toBe(false);
  });

  test("the caller's settings are restored", async () => {
    await database.exec("set search_path = theirs, public; set client_min_messages = error");
    await database.exec(SCRIPTS.capture ?? "");
    expect(await database.value("show search_path")).toBe("theirs, public");
    expect(await database.value("show client_min_messages")).toBe("error");
    await database.exec(SCRIPTS.removal ?? "");
    await database.exec("reset search_path; reset client_min_messages");
  });
});

describe("installing over another role's objects is refused and changes nothing", () => {
  const objects = () =>
    database.rows(`select 'class' as kind, oid::text as id, relacl::text as acl from pg_class
        where relname ~ 'tidemark' or relnamespace in (select oid from pg_namespace where nspname ~ 'tidemark')
      union all select 'function', oid::text, proacl::text from pg_proc
        where proname ~ 'tidemark' or pronamespace in (select oid from pg_namespace where nspname ~ 'tidemark')
      union all select 'schema', oid::text, nspacl::text from pg_namespace where nspname ~ 'tidemark' order by 1, 2`);

  test.each([
    ["a schema", "create schema tidemark authorization low", "drop schema tidemark cascade"],
    [
      "a function of the schema that is exposed",
      asLow(
        "create function public.tidemark_changes(secret text) returns json language sql as 'select null::json'",
      ),
      "drop function public.tidemark_changes(text)",
    ],
    [
      "one that we would replace",
      asLow(`create function public.tidemark_schema(secret text, tables text[] default null, reader text default null)
        returns json language sql as 'select null::json'`),
      "drop function public.tidemark_schema(text, text[], text)",
    ],
    [
      "a table with defaults of its own",
      `create schema tidemark; grant all on schema tidemark to low;
       ${asLow("create table tidemark.secret (hash bytea primary key, x int default (length(theirs.caught()::text)))")}`,
      "drop schema tidemark cascade",
    ],
    [
      "a trigger on a table of ours",
      `create schema tidemark; create table tidemark.secret (hash bytea primary key); grant all on schema tidemark to low;
       grant trigger on tidemark.secret to low;
       ${asLow(`create function theirs.on_secret() returns trigger language plpgsql as 'begin perform theirs.caught(); return new; end';
       create trigger planted before insert on tidemark.secret for each row execute function theirs.on_secret()`)}`,
      "drop schema tidemark cascade; drop function theirs.on_secret()",
    ],
    [
      "a type",
      `create schema tidemark; grant all on schema tidemark to low; ${asLow("create domain tidemark.watched as int")}`,
      "drop schema tidemark cascade",
    ],
  ])("%s", async (_, plant, clear) => {
    await database.exec(plant);
    const before = await objects();
    for (const script of ["capture", "schema"]) {
      await expect(database.exec(SCRIPTS[script] ?? "")).rejects.toThrow(/may not install over .* low/);
      await database.exec("reset search_path");
      expect(await objects()).toEqual(before);
    }
    await expect(database.exec(SCRIPTS.removal ?? "")).rejects.toThrow(/may not install over .* low/);
    expect(await objects()).toEqual(before);
    await database.exec(`reset search_path; reset client_min_messages; ${clear}`);
    expect(await database.value("select is_called from caught")).toBe(false);
  });

  test("default privileges grant no other role a right on the schema, not even briefly", async () => {
    await database.exec(
      "alter default privileges grant all on schemas to low; alter default privileges grant all on tables to low",
    );
    const script = SCRIPTS.capture ?? "";
    await database.exec(script.slice(0, script.indexOf("create table if not exists")));
    expect(await database.value("select has_schema_privilege('low', 'tidemark', 'usage')")).toBe(false);
    await database.exec(`reset search_path; reset client_min_messages; ${SCRIPTS.removal}
      alter default privileges revoke all on schemas from low; alter default privileges revoke all on tables from low`);
  });

  test("another function of pg_net's name is not called", async () => {
    await database.exec(
      `${SCRIPTS.capture} create schema net; grant create, usage on schema net to low;
       create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}',
         timeout_milliseconds int default 5000) returns bigint language sql as 'select 1::bigint';
       ${asLow(`create function net.http_post(url text, body jsonb, headers jsonb) returns bigint language plpgsql as
         'begin perform theirs.caught(); return 1; end'; grant execute on function net.http_post(text, jsonb, jsonb) to public`)}
       grant usage on schema net to public;
       select tidemark.set_nudge('http', 'https://gateway.example', 'whsec_${"a".repeat(32)}'); insert into items values (1)`,
    );
    expect(await database.value("select is_called from caught")).toBe(false);
  });
});
