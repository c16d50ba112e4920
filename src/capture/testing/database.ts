import { createHash } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";
import { openPglite } from "../../../testing/pglite.ts";
import { captureSql } from "../capture-sql.ts";
import type { CaptureOptions } from "../sql/options.ts";
import { type Page, type ToldChange, unpacked } from "./page.ts";

export const SECRET = "the keeper's secret";
export const SECRET_HASH = createHash("sha256").update(SECRET).digest("hex");

/** A Postgres in this process with capture installed, and a cursor that follows it. */
export class CapturedDatabase {
  readonly #database: PGlite;
  #cursor: string | null = null;

  private constructor(database: PGlite) {
    this.#database = database;
  }

  /** Runs `sql`, then the migration. The tables are in the schema `public`. */
  static async create(
    sql: string,
    tables: readonly string[],
    options: Partial<CaptureOptions> = {},
  ): Promise<CapturedDatabase> {
    const database = new CapturedDatabase(await openPglite());
    await database.exec(sql);
    const watched = tables.map((table) => ({ relation: `public.${table}` }));
    await database.exec(captureSql({ tables: watched, secretHash: SECRET_HASH, ...options }));
    await database.told();
    return database;
  }

  exec(sql: string, blob?: Blob): Promise<unknown> {
    return this.#database.exec(sql, blob && { blob });
  }

  async rows<Row>(query: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.#database.query<Row>(query, parameters)).rows;
  }

  async value<Value>(query: string, parameters: unknown[] = []): Promise<Value> {
    const [row] = await this.rows<Record<string, Value>>(query, parameters);
    return Object.values(row ?? {})[0] as Value;
  }

  listen(channel: string, heard: () => void): Promise<unknown> {
    return this.#database.listen(channel, heard);
  }

  /** The page as JSON text; by default the first one after `since`. */
  pageText(
    since: string | null,
    upto: string | null = null,
    after: number | null = null,
    max = 1_000,
  ): Promise<string> {
    return this.value("select tidemark_changes($1, $2, $3, $4, $5)::text", [SECRET, since, upto, after, max]);
  }

  async page(...request: Parameters<CapturedDatabase["pageText"]>): Promise<Page> {
    const page = JSON.parse(await this.pageText(...request)) as Page;
    return { ...page, changes: unpacked(page.changes) };
  }

  /** The changes since the last call, asked for in pages of so many. */
  async toldChanges(max?: number): Promise<readonly ToldChange[]> {
    let page = await this.page(this.#cursor, null, null, max);
    const { snapshot } = page;
    const changes = [...page.changes];
    while (page.more) {
      page = await this.page(this.#cursor, snapshot, page.last, max);
      changes.push(...page.changes);
    }
    this.#cursor = snapshot;
    return changes;
  }

  /** The same, short: `INSERT items {"id":1}`, `UPDATE items {"id":1} -> {"id":2}`, `FLUSH *`. */
  async told(): Promise<string[]> {
    return (await this.toldChanges()).map(({ type, table, record, old_record }) => {
      const rows = [old_record, record].filter((row) => row !== null).map((row) => JSON.stringify(row));
      return [type, table ?? "*", rows.join(" -> ")].join(" ").trim();
    });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
