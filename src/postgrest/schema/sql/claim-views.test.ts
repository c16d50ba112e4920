import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../../testing/postgres.ts";
import { parseSchema } from "../parse-schema.ts";
import type { Schema } from "../schema.ts";
import { SCHEMA_FUNCTION_SQL } from "./schema-sql.ts";

const TABLES = `
  create schema auth; create table teams (id int primary key, name text); create table memberships (team_id int, user_id uuid);
  create function auth.uid() returns uuid language sql stable as
    $$select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid$$;
  create function auth.jwt() returns jsonb language sql stable as
    $$select nullif(current_setting('request.jwt.claims', true), '')::jsonb$$;`;

/** Each has a reader in another place of a query tree. */
const VIEWS: readonly string[] = [
  "select auth.uid() as a, count(*) from teams group by auth.uid() having auth.uid() is null order by auth.uid()",
  "with w as (select auth.uid() as u) select w.u, x.u as v from w, lateral (select auth.uid() as u) x",
  "select u, auth.jwt() -> 'a' as j from auth.uid() u left join memberships m on m.user_id = auth.uid()",
  "select row_number() over (partition by auth.uid() order by auth.uid()) as n from teams window w as (order by auth.uid())",
  "select distinct on (auth.uid()) id from teams order by auth.uid() limit length(auth.uid()::text)",
  "select case auth.uid() when auth.uid() then array[auth.uid()] end as c, (auth.uid(), 1) = (auth.uid(), id) as r from teams",
  "values (auth.uid(), null), (null, auth.uid())",
  "select count(*) filter (where auth.uid() is null) as n, string_agg(auth.uid()::text, auth.uid()::text) as s from teams union all select 1, auth.uid()::text",
  "select * from rows from (auth.uid(), auth.jwt()) as f (u, j)",
  "select id from teams join (select id, auth.uid() as u from teams) x using (id) where auth.uid() = all (select auth.uid()) and auth.uid() in (auth.uid(), x.u)",
  "select jsonb_build_object('u', auth.uid()) || auth.jwt() as j, (auth.jwt()) ['a'] as s, coalesce(auth.uid(), auth.uid()) as c from teams",
];

let postgres: Postgres;
let sql: Sql;
let schema: Schema;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql.unsafe(TABLES).simple();
  for (const [n, query] of VIEWS.entries()) await sql.unsafe(`create view w${n} as ${query}`);
  await sql.unsafe(SCHEMA_FUNCTION_SQL).simple();
  const [row] = await sql<[{ schema: string }]>`select tidemark_schema()::text as schema`;
  schema = parseSchema(row.schema);
});
afterAll(() => postgres?.stop());

const named = (text: string) => text.match(/auth\.(uid|jwt)\(\)/g)?.length ?? 0;

describe("S5. the text of a view names each reader of its tree", () => {
  test.each(VIEWS.map((query, n) => [query, n] as const))("%s", (_, n) => {
    const [source, ...others] = schema.get(`public.w${n}`)?.reads?.claims ?? [];
    expect(others).toEqual([]);
    expect(source?.readers).toBeGreaterThan(0);
    expect(named(source?.text ?? "")).toBeGreaterThanOrEqual(source?.readers ?? 0);
  });
});
