import { FORMAT, NOW_SQL, OUTBOX, STATE, WATCHED } from "./names.ts";
import { text } from "./quote.ts";

/**
 * What capture stores. The outbox has no constraint but its rowid: a conflict would fail the writer's statement, or, under the
 * writer's own OR IGNORE, swallow our row. Its rowids grow, as the last row is never deleted.
 */
export const STORAGE_SQL: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${OUTBOX} (
  id INTEGER PRIMARY KEY,
  at INTEGER DEFAULT (${NOW_SQL}),
  nonce BLOB DEFAULT (randomblob(8)),
  op TEXT,
  tbl TEXT,
  old TEXT,
  new TEXT,
  mark INTEGER
)`,
  // `asked` are the tables that the owner listed; null: all. `seen` is the schema that `version` is the number of.
  `CREATE TABLE IF NOT EXISTS ${STATE} (
  id INTEGER PRIMARY KEY,
  format INTEGER,
  incarnation TEXT,
  installation TEXT,
  asked TEXT,
  pruned_at INTEGER,
  seen TEXT,
  version INTEGER
)`,
  // `installed` is the table's schema, with our triggers, as it was at the installation (R6).
  `CREATE TABLE IF NOT EXISTS ${WATCHED} (
  tbl TEXT PRIMARY KEY,
  columns TEXT,
  followed TEXT,
  quiet TEXT,
  coarse INTEGER,
  installed TEXT
)`,
];

/** A new incarnation for a new database, and a new installation each time: both make keepers forget what they know. */
export function stateSql(tables: readonly string[] | undefined): readonly string[] {
  const asked = tables === undefined ? "NULL" : text(JSON.stringify(tables));
  return [
    `INSERT INTO ${STATE} (id, format, incarnation) VALUES (1, ${FORMAT}, lower(hex(randomblob(16)))) ON CONFLICT (id) DO UPDATE SET format = ${FORMAT}`,
    `UPDATE ${STATE} SET installation = lower(hex(randomblob(16))), asked = ${asked}`,
  ];
}

/** All that was there before may have changed unseen. */
export const FLUSH_ALL_SQL = `INSERT INTO ${OUTBOX} (op) VALUES ('FLUSH')`;
