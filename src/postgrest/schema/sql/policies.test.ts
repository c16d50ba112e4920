import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../../testing/postgres.ts";
import { parseSchema } from "../parse-schema.ts";
import { SCHEMA_FUNCTION_SQL } from "./schema-sql.ts";

const ROLES = `
  create role anon; create role authenticated; create role editors; create role aside; create role apart noinherit;
  grant editors to authenticated; grant editors to apart;
  create function is_admin() returns boolean language plpgsql stable as 'begin return false; end';
`;

/** By name of the table: its policies. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  everybody: ["using (true)", "using (is_admin())"],
  restricted: ["using (true)", "using (is_admin())", "as restrictive using (id > 0)"],
  by_role: ["to authenticated using (true)", "to authenticated using (is_admin())"],
  by_membership: ["to editors using (true)", "to authenticated using (is_admin())"],
  to_others: ["to anon using (true)", "using (is_admin())"],
  not_constant: ["using (id = id)", "using (is_admin())"],
  restrictive_only: ["as restrictive using (true)", "using (is_admin())"],
  of_writes: ["for insert with check (true)", "for update using (true)", "for select using (is_admin())"],
  twice: ["using (true)", "using (true)"],
};

let postgres: Postgres;
let sql: Sql;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql.unsafe(ROLES).simple();
  for (const [table, policies] of Object.entries(TABLES)) {
    await sql
      .unsafe(`create table ${table} (id int); alter table ${table} enable row level security`)
      .simple();
    for (const [n, policy] of policies.entries())
      await sql.unsafe(`create policy p${n} on ${table} ${policy}`);
  }
  await sql.unsafe(SCHEMA_FUNCTION_SQL).simple();
});
afterAll(() => postgres?.stop());

/** The conditions that matter to a reader, by table. */
async function policiesFor(reader: string | null): Promise<Record<string, readonly string[] | undefined>> {
  const [row] = await sql<[{ schema: string }]>`select tidemark_schema(reader => ${reader})::text as schema`;
  const schema = parseSchema(row.schema);
  return Object.fromEntries(
    Object.keys(TABLES).map((table) => [
      table,
      schema.get(`public.${table}`)?.reads?.policies?.map(({ using }) => using),
    ]),
  );
}

const ADMIN = "public.is_admin()";

test("S14. a constantly true policy makes the permissive ones beside it irrelevant", async () => {
  expect(await policiesFor("authenticated")).toEqual({
    everybody: ["true"],
    restricted: ["true", "(id > 0)"],
    by_role: ["true"],
    by_membership: ["true"],
    to_others: [ADMIN],
    not_constant: ["(id = id)", ADMIN],
    restrictive_only: ["true", ADMIN],
    of_writes: [ADMIN],
    twice: ["true", "true"],
  });
  expect(await policiesFor("anon")).toMatchObject({
    everybody: ["true"],
    by_role: undefined,
    to_others: ["true"],
  });
});

test("S14. it has to apply to whomever the other one applies to, in the way in which Postgres inherits roles", async () => {
  // Nobody knows who reads.
  expect(await policiesFor(null)).toMatchObject({
    everybody: ["true"],
    by_role: ["true", ADMIN],
    by_membership: ["true", ADMIN],
    to_others: ["true", ADMIN],
  });
  expect(await policiesFor("apart")).toMatchObject({ by_membership: undefined, to_others: [ADMIN] });
  // The owner of a view reads in her own name.
  await sql.unsafe("create view seen as select id from by_role; alter view seen owner to aside").simple();
  await sql.unsafe("create policy all_of_them on by_role using (id = 7)").simple();
  expect(await policiesFor("authenticated")).toMatchObject({
    by_role: ["true", "(id = 7)"],
    everybody: ["true"],
  });
});

test("S14. what an irrelevant policy reads and calls is left out", async () => {
  const [row] = await sql<
    [{ schema: string }]
  >`select tidemark_schema(reader => 'authenticated')::text as schema`;
  expect(parseSchema(row.schema).get("public.everybody")?.reads).toMatchObject({
    caveats: [],
    claims: [],
    request: [],
  });
});
