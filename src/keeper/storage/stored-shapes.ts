import type { Sql } from "../ports/ports.ts";

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

  /** @returns its number */
  add(bytes: number, text: string): number {
    const [row] = this.#sql.exec<{ id: number }>(
      "INSERT INTO shapes (bytes, shape) VALUES (?, ?) RETURNING id",
      ...[bytes, text],
    );
    if (!row) throw new Error("a shape was not stored");
    return row.id;
  }
}

/** Where shapes are kept. */
export type ShapeRows = Pick<StoredShapes, "get" | "find" | "add">;
