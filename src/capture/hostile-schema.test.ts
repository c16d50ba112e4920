import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { captureSql, removeCaptureSql, schemaSql } from "./capture-sql.ts";
import { CapturedDatabase, SECRET, SECRET_HASH } from "./testing/database.ts";

const OPTIONS = { tables: [{ relation: "public.items" }], secretHash: SECRET_HASH };
const CAPTURE = captureSql(OPTIONS);
const SCRIPTS = { capture: CAPTURE, schema: schemaSql(OPTIONS) };

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    "create role low; create table items (id int primary key, t timestamptz); create table caught (whose text)",
    [],
  );
});
beforeEach(() =>
  database.exec(`drop schema if exists tidemark cascade; ${removeCaptureSql()} drop schema if exists api cascade;
    create schema api`),
);
afterAll(() => database.close());

/** Runs `sql` just before or just after our CREATE SCHEMA, as another session that wins the race would. */
async function meanwhile(moment: "start" | "end", sql: string, script: string): Promise<unknown> {
  await database.exec(`create function race() returns event_trigger language plpgsql as $f$ begin
      if current_setting('race.done', true) = 'yes' then return; end if;
      perform set_config('race.done', 'yes', true);
      ${sql};
    end $f$;
    create event trigger race on ddl_command_${moment} when tag in ('CREATE SCHEMA') execute function race()`);
  try {
    return await database.exec(script).catch((error: Error) => error.message);
  } finally {
    await database.exec(
      "reset race.done; reset search_path; reset client_min_messages; drop event trigger race; drop function race()",
    );
  }
}

const PLANT = `create schema tidemark authorization low;
  create table tidemark.settings (only_row boolean primary key, schemas text[], time_zone text, nudge text, nudge_url text,
    nudge_inner bytea, nudge_outer bytea, covering_key uuid default gen_random_uuid());
  alter table tidemark.settings owner to low`;

test.each(Object.entries(SCRIPTS))(
  "a schema tidemark that another role creates between our check and our CREATE SCHEMA is refused: %s",
  async (_, script) => {
    expect(await meanwhile("start", PLANT, script)).toMatch(/may not install over .* low/);
    await database.exec("drop schema if exists tidemark cascade");
  },
);

test.each(Object.entries(SCRIPTS))(
  "so is one that is dropped again, which leaves nothing to check: %s",
  async (_, script) => {
    await database.exec("create schema tidemark authorization low");
    expect(await meanwhile("end", "drop schema tidemark cascade", script)).toMatch(
      /the schema tidemark, which has gone/,
    );
  },
);

test.each(Object.keys(SCRIPTS))(
  "a schema whose owner could replace our functions is not exposed to the keeper: %s",
  async (kind) => {
    const sql = (exposedSchema: string) =>
      kind === "capture"
        ? captureSql({ ...OPTIONS, exposedSchema })
        : schemaSql({ ...OPTIONS, exposedSchema });
    await database.exec("alter schema api owner to low");
    await expect(database.exec(sql("api"))).rejects.toThrow(
      /may not install over the schema api, which belongs to low/,
    );
    await database.exec("reset search_path; reset client_min_messages");
    expect(
      await database.value("select to_regprocedure('api.tidemark_schema(text, text[], text)')"),
    ).toBeNull();
    await database.exec("alter schema api owner to postgres");
    await database.exec(sql("api"));
    await database.exec(removeCaptureSql({ exposedSchema: "api" }));
  },
);

test("a schema of the database's owner is exposed if the owner installs and is no superuser", async () => {
  await database.exec(
    `create role installer createrole; create role authenticator; grant authenticator to installer with admin option;
     alter schema api owner to pg_database_owner; alter table items owner to installer`,
  );
  const name = await database.value<string>("select current_database()");
  const install = () =>
    database.exec(`set role installer; ${captureSql({ ...OPTIONS, exposedSchema: "api" })}`);
  await database.exec(
    `grant create on database "${name}" to installer; grant all on schema api to installer`,
  );
  await database.exec(`alter database "${name}" owner to low`);
  await expect(install()).rejects.toThrow(/may not install over the schema api, which belongs to low/);
  await database.exec(
    `reset role; reset search_path; reset client_min_messages; alter database "${name}" owner to installer`,
  );
  await install();
  expect(await database.value("select to_regclass('tidemark.outbox') is not null")).toBe(true);
  await database.exec(`${removeCaptureSql({ exposedSchema: "api" })} reset role;
    alter database "${name}" owner to postgres; alter table items owner to postgres`);
});

test("tidemark_schema says whether the owner of the schema tidemark owns all functions with our names", async () => {
  await database.exec(CAPTURE);
  const owned = () => database.value("select tidemark_schema($1) -> 'functionsOwned'", [SECRET]);
  expect(await owned()).toBe(true);
  await database.exec("alter function tidemark_changes(text, text, text, bigint, int) owner to low");
  expect(await owned()).toBe(false);
  await database.exec(`alter function tidemark_changes(text, text, text, bigint, int) owner to postgres;
    create function tidemark_changes(secret text) returns json language sql as 'select null::json';
    alter function tidemark_changes(text) owner to low`);
  expect(await owned()).toBe(false);
  await database.exec("drop function tidemark_changes(text); alter schema public owner to low");
  expect(await owned()).toBe(false);
  await database.exec("alter schema public owner to pg_database_owner");
  expect(await owned()).toBe(true);
});

test("--schema-only does not install over capture, whose schemas and time zone stay", async () => {
  await database.exec(captureSql({ ...OPTIONS, timeZone: "Europe/Berlin", schemas: ["public", "private"] }));
  const settings = () => database.rows("select schemas, time_zone, s.xmin::text from tidemark.settings s");
  const before = await settings();
  await expect(database.exec(SCRIPTS.schema)).rejects.toThrow(
    "tidemark: capture is installed here; run tidemark sql without --schema-only",
  );
  await database.exec("reset search_path; reset client_min_messages");
  expect(await settings()).toEqual(before);
});

test("a session's quote_all_identifiers changes no captured text and rewrites no function", async () => {
  await database.exec(`${CAPTURE} create view seen as select t from items where id > 1;
    create policy p on items using (id > 1); alter table items enable row level security`);
  const told = () => database.value("select tidemark_schema($1, null, 'low')::jsonb - 'version'", [SECRET]);
  const written = () =>
    database.rows(
      "select oid, xmin::text from pg_proc where pronamespace = 'tidemark'::regnamespace order by oid",
    );
  const before = { told: await told(), written: await written() };
  await database.exec("set quote_all_identifiers = on");
  expect(await told()).toEqual(before.told);
  await database.exec("create table another (id int); drop table another; select tidemark.schema_changed()");
  expect(await written()).toEqual(before.written);
  await database.exec(CAPTURE);
  expect(await database.value("show quote_all_identifiers")).toBe("on");
  await database.exec("reset quote_all_identifiers; drop view seen; drop policy p on items");
});
