import type { Sql } from "postgres";
import { type Page, type ToldChange, unpacked } from "./page.ts";

/** Pulls as the keeper does (P18 to P20), on its own connection. */
export class Puller {
  readonly #sql: Sql;
  readonly #pageRows: number;
  cursor: string | null = null;

  constructor(sql: Sql, pageRows = 1_000) {
    this.#sql = sql;
    this.#pageRows = pageRows;
  }

  async page(upto: string | null = null, after: number | null = null): Promise<Page> {
    const [row] = await this.#sql<[{ page: Page }]>`
      select tidemark.changes(${this.cursor}::pg_snapshot, ${upto}::pg_snapshot, ${after}, ${this.#pageRows}) as page`;
    return { ...row.page, changes: unpacked(row.page.changes) };
  }

  /**
   * One pull with all of its pages. The first one after a flush is empty, because the keeper would forget everything.
   */
  async pull(): Promise<{ readonly changes: readonly ToldChange[]; readonly flush: string | null }> {
    let page = await this.page();
    const { snapshot, flushReason: flush } = page;
    const changes = [...page.changes];
    while (page.more) {
      page = await this.page(snapshot, page.last);
      if (page.flush) return this.pull();
      changes.push(...page.changes);
    }
    this.cursor = snapshot;
    return { changes, flush };
  }

  /** The ids of the rows in one pull, in order. */
  async ids(): Promise<number[]> {
    return (await this.pull()).changes.map(({ record }) => Number(record?.id));
  }
}
