import type { Sql } from "../ports/ports.ts";

/** Numbered from 1; never edited once released, only appended to. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
   CREATE TABLE buckets (bucket INTEGER PRIMARY KEY, mark INTEGER NOT NULL);
   CREATE TABLE names (name TEXT PRIMARY KEY, mark INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE keys (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     registered_at INTEGER NOT NULL,
     read TEXT NOT NULL
   );
   CREATE TABLE owed (
     key_id INTEGER PRIMARY KEY,
     due INTEGER NOT NULL,
     tries INTEGER NOT NULL,
     entry TEXT NOT NULL,
     body BLOB NOT NULL
   );
   CREATE INDEX owed_by_due ON owed (due);`,
  // Footprints are the keeper's own now. Keys of version 1 belong to an older generation: nothing is lost.
  `CREATE TABLE shapes (id INTEGER PRIMARY KEY, shape TEXT NOT NULL UNIQUE);
   DROP TABLE keys;
   DELETE FROM owed;
   CREATE TABLE keys (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     path TEXT NOT NULL,
     relation TEXT NOT NULL,
     registered_at INTEGER NOT NULL,
     shape_id INTEGER NOT NULL,
     literals TEXT NOT NULL,
     read TEXT NOT NULL
   );`,
  // A row holds 2 MB, a description may be larger.
  `CREATE TABLE description (part INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
   INSERT INTO description (part, bytes) SELECT 0, CAST(value AS BLOB) FROM meta WHERE name = 'described';
   DELETE FROM meta WHERE name = 'described';`,
  // Keys and shapes say how much memory they take. Those of version 3 belong to an older generation: nothing is lost.
  // With a default, so that a deployment that is rolled back can still write here.
  // The texts come last, so that a count reads none of them.
  `DROP TABLE keys;
   DROP TABLE shapes;
   DELETE FROM owed;
   CREATE TABLE shapes (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL DEFAULT 0, shape TEXT NOT NULL UNIQUE);
   CREATE TABLE keys (
     id INTEGER PRIMARY KEY,
     bytes INTEGER NOT NULL DEFAULT 0,
     shape_id INTEGER NOT NULL,
     registered_at INTEGER NOT NULL,
     key TEXT NOT NULL UNIQUE,
     path TEXT NOT NULL,
     relation TEXT NOT NULL,
     literals TEXT NOT NULL,
     read TEXT NOT NULL
   );`,
  // A day by minutes and a month by hours; in each a ring of slots.
  `CREATE TABLE minutes (slot INTEGER PRIMARY KEY, at INTEGER NOT NULL, counts TEXT NOT NULL);
   CREATE TABLE hours (slot INTEGER PRIMARY KEY, at INTEGER NOT NULL, counts TEXT NOT NULL);`,
  // The marks of rows, by slots.
  "CREATE TABLE row_pages (page INTEGER PRIMARY KEY, marks BLOB NOT NULL);",
];

/** Brings the storage of any earlier version up to this one, or to a given one. */
export function migrate(sql: Sql, target = MIGRATIONS.length): void {
  sql.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
  const [row] = sql.exec<{ version: number | null }>("SELECT max(version) AS version FROM migrations");
  for (let version = (row?.version ?? 0) + 1; version <= target; version++) {
    sql.transaction(() => {
      sql.exec(MIGRATIONS[version - 1] ?? "");
      sql.exec("INSERT INTO migrations (version) VALUES (?)", version);
    });
  }
}
