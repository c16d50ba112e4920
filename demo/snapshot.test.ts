import { beforeAll, expect, test } from "vitest";
import { Database } from "./database.ts";
import { startSupabase } from "./supabase.ts";

// Keeps one, where there is none.
beforeAll(async () => (await startSupabase()).stop());

type Query = (sql: string) => Promise<unknown[]>;

/** All that an API grants, and what capture has in place. */
const rightsAndTriggers = (query: Query) =>
  Promise.all(
    [
      "select c.oid::regclass::text as name, c.relacl::text from pg_class c order by 1",
      "select attrelid::regclass::text as name, attname, attacl::text from pg_attribute order by 1, 2",
      "select p.oid::regprocedure::text as name, p.proacl::text, md5(p.prosrc) from pg_proc p order by 1",
      "select nspname, nspacl::text from pg_namespace order by 1",
      "select defaclnamespace, defaclrole, defaclobjtype, defaclacl::text from pg_default_acl order by 1, 2, 3",
      "select typname, typnamespace, typacl::text from pg_type order by 1, 2",
      "select tgrelid::regclass::text as name, tgname, tgenabled from pg_trigger order by 1, 2",
      "select evtname, evtenabled from pg_event_trigger order by 1",
    ].map(query),
  );

test("a snapshot has the rights that the API grants with its first answer, so capture need not look again", async () => {
  const kept = await Database.open();
  expect(kept.isFromSnapshot).toBe(true);
  const before = await rightsAndTriggers((sql) => kept.query(sql));
  await kept.close();
  const supabase = await startSupabase();
  const granted = await rightsAndTriggers((sql) => supabase.db.query(sql));
  expect(granted).toEqual(before);
  await supabase.db.query("select tidemark.schema_changed()");
  expect(await rightsAndTriggers((sql) => supabase.db.query(sql))).toEqual(before);
  await supabase.stop();
});

test("a database from a snapshot is as small as the one that was kept: it has no templates", async () => {
  const kept = await Database.open();
  expect(await kept.query("select datname from pg_database")).toEqual([{ datname: "postgres" }]);
  expect(await kept.query("show shared_buffers")).toEqual([{ shared_buffers: "16MB" }]);
  await kept.close();
});
