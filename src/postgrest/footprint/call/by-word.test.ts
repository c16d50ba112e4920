import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPglite } from "../../../../testing/pglite.ts";
import { parseQuery } from "../../query/parse.ts";
import type { Read } from "../../query/read.ts";
import type { Schema } from "../../schema/schema.ts";
import { describedBy } from "../../testing/described.ts";
import { footprintOf } from "../footprint-of.ts";

// A policy of docs calls a function that nothing looks into. The owner says by dependsOn what it reads, and that has to count
// however docs comes to be read: by a view, by a policy of another table, by a function.

const SQL = `
  create role anon;
  create table admins (id int primary key);
  create table docs (id int primary key, title text);
  create table notes (id int primary key, doc_id int);
  create function allowed() returns boolean language plpgsql stable as 'begin return exists (select from public.admins); end';
  alter table docs enable row level security;
  create policy allowed on docs using (allowed());
  alter table notes enable row level security;
  create policy of_docs on notes using (exists (select from docs where docs.id = doc_id));
  create view titles with (security_invoker = on) as select title from docs;
  create function count_docs() returns bigint language sql stable begin atomic select count(*) from docs; end;
`;

let database: PGlite;
let schema: Schema;

beforeAll(async () => {
  database = await openPglite();
  await database.exec(SQL);
  const tables = ["docs", "notes", "titles", "admins", "count_docs()"].map((name) => `public.${name}`);
  schema = await describedBy(database, { tables, reader: "anon" });
});

afterAll(() => database.close());

it.each([
  ["docs", undefined],
  ["titles", undefined],
  ["notes", undefined],
  ["count_docs", { method: "GET", arguments: [] }],
] as const)("I7. what the owner says of a table counts for %s", (relation, call) => {
  const read: Read = { schema: "public", relation, search: "", ...(call && { call }) };
  const tables = new Set(["public.docs", "public.notes", "public.titles"]);
  const byWord = { tables, dependsOn: new Map([["public.docs", ["public.admins"]]]) };
  const said = footprintOf(read, parseQuery(relation, ""), byWord, schema);
  expect(said).toMatchObject({ footprint: { caveats: [] } });
  expect("footprint" in said && said.footprint.relations).toContain("public.admins");
});
