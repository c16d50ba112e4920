// Stands in for D1's capture: triggers that write down each change of a table with a key, and a source that reads them.

import type { RowMap } from "../../../src/rows/row-map.ts";
import type { RowPageRequest, RowSource } from "../../../src/rows/row-source.ts";

interface Watched {
  readonly name: string;
  readonly columns: readonly string[];
  readonly keys: readonly string[];
}

async function watched(database: D1Database): Promise<Watched[]> {
  const { results: tables } = await database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name <> 'told'",
    )
    .all<{ name: string }>();
  return Promise.all(
    tables.map(async ({ name }) => {
      const { results } = await database
        .prepare(`SELECT name, pk FROM pragma_table_xinfo(?)`)
        .bind(name)
        .all<{ name: string; pk: number }>();
      return {
        name,
        columns: results.map((c) => c.name),
        keys: results.filter(({ pk }) => pk > 0).map((c) => c.name),
      };
    }),
  );
}

export async function install(database: D1Database): Promise<void> {
  const there = await database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'told'").first();
  if (there !== null) return;
  await database.prepare("CREATE TABLE told (number INTEGER PRIMARY KEY, change TEXT)").run();
  for (const { name, keys } of await watched(database)) {
    const row = (of: string) => `json_object(${keys.map((key) => `'${key}', ${of}."${key}"`).join(", ")})`;
    for (const operation of ["INSERT", "UPDATE", "DELETE"]) {
      const told = [
        `'type', '${operation}', 'schema', 'main', 'table', '${name}', 'writtenAt', 0`,
        ...(operation === "DELETE" || keys.length === 0 ? [] : [`'record', ${row("NEW")}`]),
        ...(operation === "INSERT" || keys.length === 0 ? [] : [`'old_record', ${row("OLD")}`]),
      ];
      await database
        .prepare(
          `CREATE TRIGGER "told_${name}_${operation}" AFTER ${operation} ON "${name}" BEGIN INSERT INTO told (change) VALUES (json_object(${told.join(", ")})); END`,
        )
        .run();
    }
  }
}

export function toldChanges(database: D1Database): RowSource {
  return {
    async followed() {
      const tables = Object.fromEntries(
        (await watched(database)).map(({ name, columns, keys }) => [
          `main.${name}`,
          { columns, followed: keys },
        ]),
      );
      const { results } = await database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'view'")
        .all<{ name: string }>();
      const views = Object.fromEntries(
        results.map(({ name }) => [`main.${name}`, ["main.posts", "main.authors"]]),
      );
      return { version: 1, map: { tables, views, unwatched: ["main.told"], schemas: ["main"] } as RowMap };
    },
    prune: async () => {},
    async changes({ since, upto, after }: RowPageRequest): Promise<string> {
      const last = await database
        .prepare("SELECT coalesce(max(number), 0) AS last FROM told")
        .first<number>("last");
      const end = Number(upto ?? last);
      const { results } = await database
        .prepare("SELECT number, change FROM told WHERE number > ? AND number <= ? ORDER BY number")
        .bind(Number(after ?? since ?? end), end)
        .all<{ readonly number: number; readonly change: string }>();
      return JSON.stringify({
        ...{ incarnation: "1", started: "", schemaVersion: 1, snapshot: String(end), flush: false },
        changes: results.map(({ change }) => ({ ...JSON.parse(change), writtenAt: Date.now() })),
        ...{ now: Date.now(), last: results.at(-1)?.number ?? null, more: false, prunedAt: Date.now() },
      });
    },
  };
}
