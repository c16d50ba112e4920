import type { Footprint } from "../postgrest/footprint.ts";
import type { Sql } from "./ports.ts";

/** All of a footprint but its literals. */
type Shaped = Omit<Footprint, "literals">;

type StoredShape = { id: number; shape: string };

/** Queries of one shape differ in their literals only: what they share is stored once, and once in memory. */
export class Shapes {
  readonly #sql: Sql;
  readonly #byId = new Map<number, Shaped>();
  readonly #ids = new Map<string, number>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const { id, shape } of sql.exec<StoredShape>("SELECT id, shape FROM shapes")) {
      this.#byId.set(id, JSON.parse(shape) as Shaped);
      this.#ids.set(shape, id);
    }
  }

  /** The number under which the footprint's shape is stored. */
  idOf({ relations, caveats, shape }: Footprint): number {
    const shaped: Shaped = { relations, caveats, shape };
    const text = JSON.stringify(shaped);
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec<{ id: number }>("INSERT INTO shapes (shape) VALUES (?) RETURNING id", text);
    if (!row) throw new Error("a shape was not stored");
    const { id } = row;
    this.#byId.set(id, shaped);
    this.#ids.set(text, id);
    return id;
  }

  footprint(id: number, literals: readonly string[]): Footprint {
    const shaped = this.#byId.get(id);
    if (!shaped) throw new Error(`shape ${id} of a registered key is not stored`);
    return { ...shaped, literals };
  }

  /** To be called in the transaction that deletes keys; what it gives is to be forgotten when that has succeeded. */
  deleteUnused(): readonly StoredShape[] {
    return this.#sql.exec<StoredShape>(
      "DELETE FROM shapes WHERE id NOT IN (SELECT shape_id FROM keys) RETURNING id, shape",
    );
  }

  forget(deleted: readonly StoredShape[]): void {
    for (const { id, shape } of deleted) {
      this.#byId.delete(id);
      this.#ids.delete(shape);
    }
  }
}
