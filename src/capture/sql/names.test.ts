import { afterAll, beforeAll, expect, test } from "vitest";
import { watchTablesSql } from "../../cli/sql/watch-tables-sql.ts";
import { captureSql, removeCaptureSql } from "../capture-sql.ts";
import { CapturedDatabase, SECRET_HASH } from "../testing/database.ts";
import { identifier, literal } from "./quote.ts";

let database: CapturedDatabase;
beforeAll(async () => {
  database = await CapturedDatabase.create("create role anon nologin; create role authenticated nologin", []);
});
afterAll(() => database.close());

const NAMES = [
  "a$tidemark$b",
  "$tidemark$; create table taken ()",
  "$body$ $capture$ $function$ $1 $$",
  `it's "quoted"`,
  "back\\slash\\'",
  "new\nline",
  "100%s %I %1$s %%",
  "ünïcödé 数 🏔",
  "x".repeat(63),
  "--comment /* and */ ; more",
  ":variable",
];

test.each(NAMES)("I8. a table, a column, a schema and a role may be called %j", async (name) => {
  const [quoted, relation] = [identifier(name), `${name}.${name}`];
  const access = {
    secretHash: SECRET_HASH,
    exposedSchema: name,
    keeperRole: name,
    schemas: [name],
    callers: [name],
  };
  await database.exec(
    `create schema ${quoted}; create table ${quoted}.${quoted} (id int primary key, ${quoted} text)`,
  );
  for (const sql of [
    captureSql({ ...access, tables: [] }, [relation]) + watchTablesSql([relation]),
    captureSql({ ...access, tables: [{ relation, columns: [name] }] }),
  ]) {
    await database.exec(sql);
    await database.exec(
      `select tidemark.unwatch('${quoted.replaceAll("'", "''")}.${quoted.replaceAll("'", "''")}')`,
    );
    await database.exec(sql);
    const { snapshot } = await pageOf(quoted, null);
    await database.exec(`insert into ${quoted}.${quoted} values (1, 'a'); delete from ${quoted}.${quoted}`);
    const { changes } = await pageOf(quoted, snapshot);
    expect(changes).toMatchObject([
      { type: "INSERT", schema: name, table: name, record: { id: 1, [name]: "a" } },
      { type: "DELETE", schema: name, table: name, old_record: { id: 1, [name]: "a" } },
    ]);
  }
  expect(await database.value("select to_regclass('public.taken') is null")).toBe(true);
  await database.exec(removeCaptureSql({ exposedSchema: name, keeperRole: name }));
  expect(await database.rows("select rolname from pg_roles where rolname = $1", [name])).toEqual([]);
  await database.exec(`drop schema ${quoted} cascade`);
});

test("I8. a literal means the text it was made from, whatever standard_conforming_strings is", async () => {
  for (const setting of ["on", "off"]) {
    await database.exec(`set standard_conforming_strings = ${setting}`);
    for (const name of [...NAMES, "\\", "'", "$", "\\x24", "\\'; --"])
      expect(await database.value(`select ${literal(name)}`)).toBe(name);
  }
  await database.exec("reset standard_conforming_strings");
});

interface Told {
  readonly snapshot: string;
  readonly changes: readonly unknown[];
}

async function pageOf(schema: string, since: string | null): Promise<Told> {
  const text = await database.value<string>(`select ${schema}.tidemark_changes($1, $2)::text`, [
    "the keeper's secret",
    since,
  ]);
  return JSON.parse(text) as Told;
}
