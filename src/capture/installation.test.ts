import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSchema } from "../postgrest/schema/parse-schema.ts";
import { captureSql, removeCaptureSql, schemaSql } from "./capture-sql.ts";
import { CapturedDatabase, SECRET, SECRET_HASH } from "./testing/database.ts";

/** As Supabase sets a project up: any role may call any function that is created in `public`. */
const SUPABASE = `
  create role anon nologin; create role authenticated nologin; create role service_role nologin;
  create role authenticator noinherit login;
  alter default privileges in schema public grant execute on functions to anon, authenticated, service_role;
  alter default privileges grant all on tables to anon; alter default privileges grant usage on schemas to anon;
  create table articles (id int primary key, title text); create table "Odd.Name" (id int);
  create table plain (id int);`;

const FUNCTIONS = [
  "tidemark_schema(text,text[],text)",
  "tidemark_changes(text, text, text, bigint, int)",
  "tidemark_prune(text)",
];

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(SUPABASE, ["articles"]);
});
afterAll(() => database.close());

const callers = async () => {
  const roles = ["public", "anon", "authenticated", "service_role", "tidemark_keeper"];
  const allowed: string[] = [];
  for (const role of roles) {
    const may = await Promise.all(
      FUNCTIONS.map((each) =>
        database.value<boolean>("select has_function_privilege($1, $2, 'execute')", [role, each]),
      ),
    );
    if (may.some((each) => each !== may[0])) throw new Error(`${role} may call some only`);
    if (may[0]) allowed.push(role);
  }
  return allowed;
};

/** The names of everything in the catalogs that an empty database does not have. */
const traces = () =>
  database.rows(`select 'class' as kind, oid::regclass::text as name from pg_class where relname ~ 'tidemark|capture'
    union all select 'function', oid::regprocedure::text from pg_proc where proname ~ 'tidemark'
    union all select 'trigger', tgname from pg_trigger where tgname ~ 'tidemark'
    union all select 'event trigger', evtname from pg_event_trigger
    union all select 'schema', nspname from pg_namespace where nspname ~ 'tidemark'
    union all select 'role', rolname from pg_roles where rolname ~ 'tidemark'
    union all select 'grant', nspacl::text from pg_namespace where nspacl::text ~ 'tidemark'`);

describe("who may call", () => {
  test("I8. the keeper's role may, and default grants let no other role", async () => {
    expect(await callers()).toEqual(["tidemark_keeper"]);
    expect(await database.value("select pg_has_role('authenticator', 'tidemark_keeper', 'set')")).toBe(true);
  });

  test("I8. no other role sees the schema or its contents", async () => {
    for (const role of ["anon", "authenticated", "service_role", "tidemark_keeper"]) {
      expect(await database.value("select has_schema_privilege($1, 'tidemark', 'usage')", [role])).toBe(
        false,
      );
      const granted = await database.rows(
        `select c.relname from pg_class c where relnamespace = 'tidemark'::regnamespace and relkind = 'r'
          and has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate')`,
        [role],
      );
      expect(granted).toEqual([]);
      const callable = await database.rows(
        `select p.proname from pg_proc p where pronamespace = 'tidemark'::regnamespace and has_function_privilege($1, p.oid, 'execute')`,
        [role],
      );
      expect(callable).toEqual([]);
    }
  });

  test("I8. named callers may, too, until others are named: to run it without a word of them changes nothing", async () => {
    const install = (named?: readonly string[]) =>
      database.exec(captureSql({ tables: [], secretHash: SECRET_HASH, callers: named }));
    await install(["anon", "nobody_of_that_name"]);
    expect(await callers()).toEqual(["anon", "tidemark_keeper"]);
    await install();
    expect(await callers()).toEqual(["anon", "tidemark_keeper"]);
    await install(["tidemark_keeper"]);
    expect(await callers()).toEqual(["tidemark_keeper"]);
    await install();
    expect(await callers()).toEqual(["tidemark_keeper"]);
  });

  test("I8. what was granted behind the installer's back makes nobody a caller who stays one", async () => {
    const grant = `grant execute on function ${FUNCTIONS.join(", ")}`;
    await database.exec(`${grant} to anon, public`);
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH }));
    expect(await callers()).toEqual(["tidemark_keeper"]);
  });

  test.each([
    ["the one role that it had let in", "anon", ["anon", "tidemark_keeper"]],
    ["none of several: somebody has granted all functions", "anon, service_role", ["tidemark_keeper"]],
    ["not everybody", "public", ["tidemark_keeper"]],
    ["nobody where it had let nobody in", "tidemark_keeper", ["tidemark_keeper"]],
  ])("I8. over an installation that stored no callers it keeps %s", async (_, granted, kept) => {
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH, callers: [] }));
    await database.exec(`alter table tidemark.settings drop column callers;
      grant execute on function ${FUNCTIONS.join(", ")} to ${granted}`);
    for (const run of [1, 2]) {
      await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH }));
      expect([run, await callers()]).toEqual([run, kept]);
    }
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH, callers: [] }));
  });

  test("I8. the keeper's role calls with the secret, and learns nothing without it", async () => {
    await database.exec("set role tidemark_keeper");
    expect(await database.page(null)).toMatchObject({ flush: true, flushReason: "first" });
    for (const call of ["tidemark_changes($1)", "tidemark_schema($1)", "tidemark_prune($1)"]) {
      await expect(database.rows(`select ${call}`, ["a guess"])).rejects.toMatchObject({
        code: "PT401",
        message: "tidemark: wrong secret",
      });
      await expect(database.rows(`select ${call}`, [null])).rejects.toMatchObject({ code: "PT401" });
    }
    await database.exec("reset role");
  });

  test("I8. both secrets are valid during a rotation; without any, no call is allowed", async () => {
    const other = "0".repeat(64);
    await database.exec(captureSql({ tables: [], secretHash: [SECRET_HASH, other] }));
    await database.page(null);
    await database.exec(captureSql({ tables: [], secretHash: other }));
    await expect(database.page(null)).rejects.toMatchObject({ code: "PT401" });
    await database.exec(captureSql({ tables: [], secretHash: [] }));
    await expect(database.page(null)).rejects.toMatchObject({ message: "tidemark: no secret is set" });
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH }));
  });
});

describe("installing", () => {
  test("again changes nothing, and adds tables", async () => {
    const before = await database.page(null);
    await database.exec(captureSql({ tables: [{ relation: "public.articles" }], secretHash: SECRET_HASH }));
    const again = await database.page(null);
    expect(again.incarnation).toBe(before.incarnation);
    expect(again.schemaVersion).toBe(before.schemaVersion);
    await database.exec(
      captureSql({ tables: [{ relation: "public.Odd.Name", columns: ["id"] }], secretHash: SECRET_HASH }),
    );
    expect((await database.page(null)).schemaVersion).toBe(before.schemaVersion + 1);
    await database.told();
    await database.exec(`insert into "Odd.Name" values (1); insert into articles values (1, 'a')`);
    expect(await database.told()).toEqual([
      'INSERT Odd.Name {"id":1}',
      'INSERT articles {"id":1,"title":"a"}',
    ]);
  });

  test("I5. a recreated outbox is another incarnation; until then writes succeed and pulls fail", async () => {
    const { incarnation } = await database.page(null);
    await database.exec("drop table tidemark.outbox");
    await database.exec("insert into articles values (2, 'b')");
    await expect(database.page("1:1:")).rejects.toThrow("outbox");
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH }));
    expect((await database.page(null)).incarnation).not.toBe(incarnation);
  });

  test("refuses what capture could not watch", async () => {
    await database.exec("create view seen as select * from plain; create temp table brief (id int)");
    await expect(database.exec("select tidemark.watch('public.seen')")).rejects.toThrow("is not a table");
    await expect(database.exec("select tidemark.watch('brief')")).rejects.toThrow("is temporary");
    await expect(database.exec("select tidemark.watch('plain', array['nope'])")).rejects.toThrow(
      "no column nope",
    );
    expect(() => captureSql({ tables: [{ relation: "articles" }], secretHash: SECRET_HASH })).toThrow(
      "schema.table",
    );
    expect(() => captureSql({ tables: [], secretHash: SECRET })).toThrow("SHA-256");
    expect(() =>
      captureSql({ tables: [], secretHash: SECRET_HASH, nudge: { url: "ftp://x", secret: "whsec_" } }),
    ).toThrow("HTTP URL");
  });

  test("tidemark_schema returns the schema, its version and the watched tables", async () => {
    const text = await database.value<string>("select tidemark_schema($1)::text", [SECRET]);
    const { version, schema, watched, ddl, bounds } = JSON.parse(text);
    expect(version).toBe((await database.page(null)).schemaVersion);
    expect(parseSchema(JSON.stringify(schema)).get("public.articles")?.keys).toEqual([["id"]]);
    expect(watched).toEqual({
      "public.articles": { columns: null, covered: true, obstacle: null },
      "public.Odd.Name": { columns: ["id"], covered: true, obstacle: null },
    });
    expect([ddl, bounds]).toEqual([true, true]);
  });

  test("I9. dropping the whole schema by hand succeeds, and so do writes afterwards", async () => {
    await database.exec("drop schema tidemark cascade; insert into articles values (4, 'd')");
    await database.exec(captureSql({ tables: [{ relation: "public.articles" }], secretHash: SECRET_HASH }));
  });

  test("removing leaves no trace, and may be repeated", async () => {
    await database.exec(removeCaptureSql());
    await database.exec(removeCaptureSql());
    expect(await traces()).toEqual([]);
    await database.exec("insert into articles values (3, 'c')");
  });

  test("the schema function alone uses the same secret and counts no versions", async () => {
    await database.exec(schemaSql({ secretHash: SECRET_HASH }));
    await expect(database.rows("select tidemark_schema('a guess')")).rejects.toMatchObject({ code: "PT401" });
    const answer = JSON.parse(await database.value<string>("select tidemark_schema($1)::text", [SECRET]));
    expect(answer).toMatchObject({ version: null, watched: {}, ddl: false, bounds: false });
    expect(Object.keys(answer.schema)).toContain("public.articles");
    await database.exec(captureSql({ tables: [{ relation: "public.articles" }], secretHash: SECRET_HASH }));
    expect(await database.page(null)).toMatchObject({ flush: true });
    await database.exec(removeCaptureSql());
    expect(await traces()).toEqual([]);
  });
});
