import type { Sql } from "./ports.ts";

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
];

/** Brings the storage of any earlier version up to this one. */
export function migrate(sql: Sql): void {
  sql.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
  const [row] = sql.exec<{ version: number | null }>("SELECT max(version) AS version FROM migrations");
  for (let version = (row?.version ?? 0) + 1; version <= MIGRATIONS.length; version++) {
    sql.transaction(() => {
      sql.exec(MIGRATIONS[version - 1] ?? "");
      sql.exec("INSERT INTO migrations (version) VALUES (?)", version);
    });
  }
}
