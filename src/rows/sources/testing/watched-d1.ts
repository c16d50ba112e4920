import { afterAll, beforeAll, beforeEach } from "vitest";
import { CaptureDatabase } from "../../../capture/d1/testing/capture-database.ts";
import { type D1Laboratory, d1Laboratory } from "../../../capture/d1/testing/laboratory.ts";
import { type PullPage, parsePage } from "../../../keeper/changes/pull-page.ts";
import type { RowSource } from "../../row-source.ts";
import { d1Changes } from "../d1-changes.ts";

let lab: D1Laboratory;
export let database: CaptureDatabase;
export let source: RowSource;
/** Each test of the file has an empty D1 database, and a source over it. */
export function useD1(): void {
  beforeAll(async () => {
    lab = await d1Laboratory();
  });
  afterAll(() => lab?.dispose());
  beforeEach(async () => {
    database = await CaptureDatabase.emptied(lab.database);
    source = d1Changes(lab.database);
  });
}

export const POSTS = "CREATE TABLE Posts (id INTEGER PRIMARY KEY, author_id INT, title TEXT)";

export async function installed(...schema: readonly string[]): Promise<PullPage> {
  await database.run(...(schema.length > 0 ? schema : [POSTS]));
  await database.install({ follow: schema.length > 0 ? [] : ["posts.author_id"] });
  return pull(null);
}

export const pull = async (since: string | null, upto: string | null = null, after: string | null = null) =>
  parsePage(await source.changes({ since, upto, after }));

/** All pages since a cursor, as a keeper asks for them. */
export async function pullAll(since: string): Promise<readonly PullPage[]> {
  const pages = [await pull(since)];
  for (let page = pages[0]; page?.more; page = pages.at(-1)) {
    pages.push(await pull(since, pages[0]?.snapshot, page.last));
  }
  return pages;
}

export const map = async () => {
  const followed = await source.followed();
  if (typeof followed === "string") throw new Error(followed);
  return followed.map;
};
