import type { PGlite } from "@electric-sql/pglite";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { openPglite } from "../../../../testing/pglite.ts";
import { removeCaptureSql } from "../../../capture/capture-sql.ts";
import { type Folder, folderWith } from "../../testing/command.ts";

/** Of the file that runs: `useDatabaseAndFolder` makes them. */
export let database: PGlite;
export let folder: Folder;

/** Registers the hooks for one database with a table `articles`, and for each test a folder that caches it; nothing is captured yet. */
export function useDatabaseAndFolder(): void {
  beforeAll(async () => {
    database = await openPglite();
    await database.exec(
      "create role anon nologin; create role authenticated nologin; create table articles (id int primary key)",
    );
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    folder = folderWith({ "tidemark.config.ts": "export default { tables: { articles: true } };" });
    await database.exec(removeCaptureSql());
  });
  afterEach(() => folder[Symbol.dispose]());
}
