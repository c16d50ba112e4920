import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Folder } from "../../../testing/command.ts";

const WRANGLER = join(import.meta.dirname, "../../../../../node_modules/wrangler/bin/wrangler.js");

/** The files of a Worker's project with a D1 database. */
export const D1_FOLDER = {
  "package.json": '{ "name": "blog" }',
  "wrangler.jsonc": JSON.stringify({
    ...{ name: "blog", compatibility_date: "2026-08-01" },
    d1_databases: [
      { binding: "DB", database_name: "blog", database_id: "00000000-0000-0000-0000-000000000000" },
    ],
  }),
};

/** Its first migration, to be written to `migrations/0001_blog.sql`. */
export const FIRST_MIGRATION = `
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE posts (
  id INTEGER PRIMARY KEY, author_id INT, slug TEXT, state TEXT, views INT DEFAULT 0, made DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX slugs ON posts (lower(slug), CASE WHEN state = "begin" THEN 1 ELSE 2 END) WHERE slug <> 'end;' -- END
;
CREATE TABLE hits (at INT);
CREATE VIEW latest AS SELECT * FROM posts;
`;

/** Runs a command of `wrangler d1`, and returns what it prints. @throws when it fails */
export async function wrangler(folder: Folder, args: readonly string[]): Promise<string> {
  const env = { ...process.env, NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", CI: "1" };
  const running = promisify(execFile)(process.execPath, [WRANGLER, "d1", ...args], { cwd: folder.path, env });
  running.child.stdin?.end();
  return (await running).stdout;
}
