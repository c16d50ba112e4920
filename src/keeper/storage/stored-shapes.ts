import type { Sql } from "../ports/ports.ts";
import { insertRows } from "./insert-rows.ts";

export type ShapeRow = { id: number; bytes: number; shape: string };

/** The rows of the shapes that keys have, each a text. */
export class StoredShapes {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(id: number): ShapeRow | undefined {
    return this.#sql.exec<ShapeRow>("SELECT id, bytes, shape FROM shapes WHERE id = ?", id)[0];
  }

  find(text: string): ShapeRow | undefined {
    return this.#sql.exec<ShapeRow>("SELECT id, bytes, shape FROM shapes WHERE shape = ?", text)[0];
  }

  /** The highest number given to a shape; 0: there is none. */
  last(): number {
    return this.#sql.exec<{ last: number | null }>("SELECT max(id) AS last FROM shapes")[0]?.last ?? 0;
  }

  insertAll(rows: readonly ShapeRow[]): void {
    insertRows(
      this.#sql,
      "shapes",
      ["id", "bytes", "shape"],
      rows.map(({ id, bytes, shape }) => [id, bytes, shape]),
    );
  }
}
