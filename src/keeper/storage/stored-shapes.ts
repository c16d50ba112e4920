import type { Sql } from "../ports/ports.ts";
import { insertRows } from "./insert-rows.ts";

export type ShapeRow = { id: number; bytes: number; shape: string };

/** The rows of the shapes that keys have, each a text. A new one is in memory only until it is stored with its first key. */
export class StoredShapes {
  readonly #sql: Sql;
  readonly #pending = new Map<number, ShapeRow>();
  readonly #pendingByText = new Map<string, ShapeRow>();
  /** The last number given. Null: none was given yet. */
  #last: number | null = null;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(id: number): ShapeRow | undefined {
    const pending = this.#pending.get(id);
    return pending ?? this.#sql.exec<ShapeRow>("SELECT id, bytes, shape FROM shapes WHERE id = ?", id)[0];
  }

  find(text: string): ShapeRow | undefined {
    const pending = this.#pendingByText.get(text);
    return (
      pending ?? this.#sql.exec<ShapeRow>("SELECT id, bytes, shape FROM shapes WHERE shape = ?", text)[0]
    );
  }

  /** @returns its number */
  add(bytes: number, text: string): number {
    const id = (this.#last ?? this.#lastStored()) + 1;
    this.#last = id;
    const row = { id, bytes, shape: text };
    this.#pending.set(id, row);
    this.#pendingByText.set(text, row);
    return id;
  }

  isPending(id: number): boolean {
    return this.#pending.has(id);
  }

  /** These are not to be stored any more. */
  forgotten(shapes: readonly Pick<ShapeRow, "id">[]): void {
    for (const { id } of shapes) {
      const row = this.#pending.get(id);
      if (row) this.#pendingByText.delete(row.shape);
      this.#pending.delete(id);
    }
  }

  /** Stores all that is pending; in the caller's transaction. When that has succeeded: `clear`. */
  write(): void {
    const rows = [...this.#pending.values()].map(({ id, bytes, shape }) => [id, bytes, shape]);
    insertRows(this.#sql, "shapes", ["id", "bytes", "shape"], rows);
  }

  /** Nothing is pending any more. */
  clear(): void {
    this.#pending.clear();
    this.#pendingByText.clear();
  }

  /** The highest number given to a stored shape; 0: there is none. */
  #lastStored(): number {
    return this.#sql.exec<{ last: number | null }>("SELECT max(id) AS last FROM shapes")[0]?.last ?? 0;
  }
}

/** Where shapes are kept. */
export type ShapeRows = Pick<StoredShapes, "get" | "find" | "add">;
