// For tests: a D1 database whose triggers write down each change.

import type { FollowedTable, RowMap } from "../../../rows/row-map.ts";

const FOLLOWED: Readonly<Record<string, FollowedTable>> = {
  "main.posts": {
    columns: ["id", "author_id", "title", "body", "created_at"],
    followed: ["id", "author_id"],
  },
  "main.authors": { columns: ["id", "name"], followed: ["id"] },
};

export const MAP: RowMap = {
  tables: FOLLOWED,
  unwatched: ["main.secrets", "main.told"],
  views: { "main.titles": ["main.posts"], "main.today": ["main.posts"] },
  schemas: ["main"],
};

const row = (name: string, columns: readonly string[]) =>
  `json_object(${columns.map((column) => `'${column}', ${name}.${column}`).join(", ")})`;

function triggers(table: string, { followed }: FollowedTable): string[] {
  return ["INSERT", "UPDATE", "DELETE"].map((operation) => {
    const told = [
      `'type', '${operation}', 'schema', 'main', 'table', '${table}', 'writtenAt', 0`,
      ...(operation === "DELETE" ? [] : [`'record', ${row("NEW", followed)}`]),
      ...(operation === "INSERT" ? [] : [`'old_record', ${row("OLD", followed)}`]),
    ];
    const change = `json_object(${told.join(", ")})`;
    return `CREATE TRIGGER told_${table}_${operation} AFTER ${operation} ON ${table} BEGIN INSERT INTO told (change) VALUES (${change}); END`;
  });
}

export const SCHEMA: readonly string[] = [
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT, body BLOB, created_at REAL)",
  "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
  "CREATE TABLE secrets (id INTEGER PRIMARY KEY, word TEXT)",
  "CREATE TABLE told (number INTEGER PRIMARY KEY, change TEXT)",
  "CREATE VIEW titles AS SELECT id, title FROM posts",
  "CREATE VIEW today AS SELECT id FROM posts WHERE date('now') > title",
  ...Object.entries(FOLLOWED).flatMap(([name, table]) => triggers(name.slice("main.".length), table)),
];
