import type { ShapeRow, StoredShapes } from "./stored-shapes.ts";

/** The rows of shapes, those included that will be stored with the first key that has them. */
export class PendingShapes {
  readonly #stored: StoredShapes;
  readonly #pending = new Map<number, ShapeRow>();
  readonly #byText = new Map<string, ShapeRow>();
  /** The last number given. Null: none was given yet. */
  #last: number | null = null;

  constructor(stored: StoredShapes) {
    this.#stored = stored;
  }

  get(id: number): ShapeRow | undefined {
    return this.#pending.get(id) ?? this.#stored.get(id);
  }

  find(text: string): ShapeRow | undefined {
    return this.#byText.get(text) ?? this.#stored.find(text);
  }

  /** @returns its number */
  add(bytes: number, text: string): number {
    const id = (this.#last ?? this.#stored.last()) + 1;
    this.#last = id;
    const row = { id, bytes, shape: text };
    this.#pending.set(id, row);
    this.#byText.set(text, row);
    return id;
  }

  isPending(id: number): boolean {
    return this.#pending.has(id);
  }

  /** These are not to be stored any more. */
  forgotten(shapes: readonly Pick<ShapeRow, "id">[]): void {
    for (const { id } of shapes) {
      const row = this.#pending.get(id);
      if (row) this.#byText.delete(row.shape);
      this.#pending.delete(id);
    }
  }

  /** Stores all that is pending; in the caller's transaction. When that has succeeded: `clear`. */
  write(): void {
    this.#stored.insertAll([...this.#pending.values()]);
  }

  /** Nothing is pending any more. */
  clear(): void {
    this.#pending.clear();
    this.#byText.clear();
  }
}

/** Where shapes are kept. */
export type ShapeRows = Pick<PendingShapes, "get" | "find" | "add">;
