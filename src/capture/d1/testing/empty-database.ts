import { identifier } from "../quote.ts";
import type { TestDatabase } from "./test-database.ts";

/** Drops all tables, and before them the triggers, which could object. */
export async function emptyDatabase(database: TestDatabase): Promise<void> {
  const { results } = await database
    .prepare(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'trigger', 'view') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY type = 'trigger' DESC, rowid DESC",
    )
    .all<{ type: string; name: string }>();
  await database.batch(
    [
      "PRAGMA defer_foreign_keys = ON",
      ...results.map(({ type, name }) => `DROP ${type} ${identifier(name)}`),
    ].map((statement) => database.prepare(statement)),
  );
}
