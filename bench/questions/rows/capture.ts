import type { DatabaseSync } from "node:sqlite";
import { installD1Sql } from "../../../src/capture/d1/install-sql.ts";
import { OUTBOX } from "../../../src/capture/d1/names.ts";
import { SCHEMA_QUESTIONS, schemaOf } from "../../../src/capture/d1/schema/schema.ts";
import type { RowMap } from "../../../src/rows/row-map.ts";
import { namesOfChange } from "../../../src/rows/row-name.ts";
import type { RowSource } from "../../../src/rows/row-source.ts";
import { d1Changes } from "../../../src/rows/sources/d1-changes.ts";
import { d1Of } from "./d1.ts";

interface Told {
  readonly id: number;
  readonly op: "INSERT" | "UPDATE" | "DELETE";
  readonly tbl: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** Capture for D1 as its migration installs it, and what it has written down. */
export class Capture {
  readonly map: RowMap;
  readonly source: RowSource;
  readonly #database: DatabaseSync;
  readonly #first: number;

  private constructor(database: DatabaseSync, source: RowSource, map: RowMap) {
    this.#database = database;
    this.source = source;
    this.map = map;
    this.#first = this.last;
  }

  /** @param follow columns by which rows are told apart besides their keys: `posts.author_id` */
  static async install(
    database: DatabaseSync,
    follow: readonly string[],
    now: () => number,
  ): Promise<Capture> {
    // The database's clock, in the place of SQLite's own.
    database.function("unixepoch", { varargs: true }, () => now() / 1_000);
    const schema = schemaOf(SCHEMA_QUESTIONS.map((sql) => database.prepare(sql).all()));
    for (const sql of installD1Sql(schema, { follow })) database.exec(sql);
    const source = d1Changes(d1Of(database));
    const followed = await source.followed();
    if (typeof followed === "string") throw new Error(`capture is ${followed}`);
    return new Capture(database, source, followed.map);
  }

  /** Rows of the outbox since the installation: written, and deleted again. */
  get rows(): { readonly written: number; readonly pruned: number } {
    const { kept } = this.#database.prepare(`SELECT count(*) AS kept FROM ${OUTBOX}`).get() as {
      kept: number;
    };
    return { written: this.last - this.#first, pruned: this.last - kept };
  }

  /** The last row of the outbox. */
  get last(): number {
    return Number((this.#database.prepare(`SELECT max(id) AS id FROM ${OUTBOX}`).get() as { id: number }).id);
  }

  /** The names that younger changes raise. */
  raisedAfter(id: number): readonly string[] {
    const sql = `SELECT id, op, tbl, old, new FROM ${OUTBOX} WHERE id > ?`;
    const told = this.#database.prepare(sql).all(id) as unknown as Told[];
    return told.flatMap((row) => {
      const { followed = [] } = this.map.tables[`main.${row.tbl}`] ?? {};
      const [record, old] = [imageOf(row.new), imageOf(row.old)];
      return namesOfChange(`main.${row.tbl}`, followed, { operation: row.op, record, old });
    });
  }
}

function imageOf(text: string | null): Readonly<Record<string, string>> | undefined {
  if (text === null) return undefined;
  const members = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return Object.fromEntries(members.map(([name, value]) => [name, JSON.stringify(value)]));
}
