import { readFileSync } from "node:fs";
import { DEMO_CAPTURE_SQL } from "./capture.ts";
import { readerRows } from "./readers.ts";
import { seedRows } from "./seed.ts";

/** The one transaction in which the demo's database is made. */
interface Transaction {
  exec(sql: string): Promise<unknown>;
  query(sql: string, parameters: unknown[]): Promise<unknown>;
}

/** Adds roles, tables, rows, webhooks and capture to an empty database. */
export async function fillDatabase(transaction: Transaction): Promise<void> {
  for (const file of [
    "roles.sql",
    "auth.sql",
    "schema.sql",
    "readers.sql",
    "functions.sql",
    "webhooks.sql",
  ]) {
    await transaction.exec(readFileSync(new URL(file, import.meta.url), "utf8"));
  }
  for (const [table, rows] of [...seedRows(), ...readerRows()]) {
    await transaction.query(
      `insert into ${table} select * from json_populate_recordset(null::${table}, $1::text::json)`,
      [JSON.stringify(rows)],
    );
    await transaction.exec(`select webhooks.watch('${table}')`);
  }
  await transaction.exec(DEMO_CAPTURE_SQL);
  // Explicit ids leave an identity column's sequence at 1.
  await transaction.exec(`
    select setval(pg_get_serial_sequence(t, 'id'), 100000)
    from unnest(array['authors', 'articles', 'comments', 'tags', 'movies', 'bookmarks', 'teams', 'notes']) as t
  `);
}
