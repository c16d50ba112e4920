import type { Supabase } from "../../demo/supabase.ts";

/**
 * Makes tables of a test's own in the demo's database. Capture looks at the whole schema after each statement that changes it,
 * a quarter of a second each time; here it looks once, as in a database that has no event triggers.
 */
export async function prepare({ db }: Pick<Supabase, "db">, sql: string): Promise<void> {
  await db.query("alter event trigger tidemark_ddl disable");
  await db.exec(sql);
  await db.query("alter event trigger tidemark_ddl enable always");
  await db.query("select tidemark.schema_changed()");
}
