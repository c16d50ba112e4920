import type { DatabaseSync } from "node:sqlite";
import type { RowMap } from "../../../src/rows/row-map.ts";
import { namesOfChange } from "../../../src/rows/row-name.ts";
import type { RowPageRequest, RowSource } from "../../../src/rows/row-source.ts";
import { FOLLOW, type Table } from "./blog/schema.ts";

const PAGE = 500;
const KEPT_MS = 3_600_000;

interface Told {
  readonly id: number;
  readonly at: number;
  readonly op: "INSERT" | "UPDATE" | "DELETE";
  readonly tbl: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** Triggers that write each change down, as capture for D1 does, with the virtual clock's time. */
export class Capture {
  readonly map: RowMap;
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  #pruned = 0;

  constructor(database: DatabaseSync, watched: readonly Table[], now: () => number) {
    this.#database = database;
    this.#now = now;
    database.function("virtual_now", () => now());
    database.exec(
      "CREATE TABLE outbox (id INTEGER PRIMARY KEY, at INTEGER, op TEXT, tbl TEXT, old TEXT, new TEXT)",
    );
    const tables = Object.fromEntries(watched.map((table) => [`main.${table}`, this.#watch(table)]));
    this.map = { tables, unwatched: [], views: {}, schemas: ["main"] };
  }

  /** Rows of the outbox: written, and deleted again. */
  get rows(): { readonly written: number; readonly pruned: number } {
    return { written: this.#last(), pruned: this.#pruned };
  }

  /** The names that changes raise which are younger than a row of the outbox. */
  raisedAfter(id: number): { readonly names: readonly string[]; readonly last: number } {
    const told = this.#told(id, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const names = told.flatMap((row) => {
      const { followed = [] } = this.map.tables[`main.${row.tbl}`] ?? {};
      const [record, old] = [imageOf(row.new), imageOf(row.old)];
      return namesOfChange(`main.${row.tbl}`, followed, { operation: row.op, record, old });
    });
    return { names, last: told.at(-1)?.id ?? id };
  }

  source(): RowSource {
    return {
      followed: async () => ({ version: 1, map: this.map }),
      changes: async (request) => this.#page(request),
      prune: async () => {
        const gone = this.#database
          .prepare("DELETE FROM outbox WHERE at < ? AND id < (SELECT max(id) FROM outbox)")
          .run(this.#now() - KEPT_MS);
        this.#pruned += Number(gone.changes);
      },
    };
  }

  #page({ since, upto, after }: RowPageRequest): string {
    const end = Number(upto ?? this.#last());
    const told = this.#told(Number(after ?? since ?? end), end, PAGE + 1);
    const page = told.slice(0, PAGE);
    const changes = page.map((row) => {
      const images = [row.new && `"record":${row.new}`, row.old && `"old_record":${row.old}`];
      const members = [
        `"type":"${row.op}","schema":"main","table":"${row.tbl}","writtenAt":${row.at}`,
        ...images,
      ];
      return `{${members.filter((member) => member !== null).join(",")}}`;
    });
    const head = { incarnation: "blog", started: "", schemaVersion: 1, snapshot: String(end), flush: false };
    const now = this.#now();
    const rest = { now, last: page.at(-1)?.id ?? null, more: told.length > PAGE, prunedAt: now };
    return `{${JSON.stringify(head).slice(1, -1)},"changes":[${changes}],${JSON.stringify(rest).slice(1, -1)}}`;
  }

  #told(after: number, upto: number, limit: number): readonly Told[] {
    const sql = "SELECT * FROM outbox WHERE id > ? AND id <= ? ORDER BY id LIMIT ?";
    return this.#database.prepare(sql).all(after, upto, limit) as unknown as Told[];
  }

  #last(): number {
    const row = this.#database.prepare("SELECT coalesce(max(id), 0) AS last FROM outbox").get();
    return Number((row as { last: number }).last);
  }

  #watch(table: string) {
    const sql = "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid";
    const described = this.#database.prepare(sql).all(table) as { name: string; pk: number }[];
    const columns = described.map(({ name }) => name);
    const keys = described.filter(({ pk }) => pk > 0).map(({ name }) => name);
    const followed = columns.filter((name) => keys.includes(name) || FOLLOW.includes(`${table}.${name}`));
    const image = (row: "OLD" | "NEW") =>
      `json_object(${followed.map((name) => `'${name}', ${row}.${name}`).join(", ")})`;
    const told = {
      INSERT: { old: "NULL", new: image("NEW") },
      UPDATE: { old: image("OLD"), new: image("NEW") },
      DELETE: { old: image("OLD"), new: "NULL" },
    };
    for (const [op, images] of Object.entries(told)) {
      this.#database.exec(`CREATE TRIGGER ${table}_${op} AFTER ${op} ON ${table} BEGIN
        INSERT INTO outbox (at, op, tbl, old, new)
        VALUES (virtual_now(), '${op}', '${table}', ${images.old}, ${images.new}); END`);
    }
    return { columns, followed };
  }
}

function imageOf(text: string | null): Readonly<Record<string, string>> | undefined {
  if (text === null) return undefined;
  const members = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return Object.fromEntries(members.map(([name, value]) => [name, JSON.stringify(value)]));
}
