import type { Sql } from "../ports/ports.ts";

/** A row of a Durable Object's SQLite holds 2 MB, so a description is split into parts of this size. */
export const SCHEMA_PART_BYTES = 1_000_000;

/** The database's last description of itself, split into rows of a size that SQLite takes. */
export class Description {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Null: nothing was written yet. */
  read(): string | null {
    const parts = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM description ORDER BY part");
    if (parts.length === 0) return null;
    // A character may be split between two parts, so only the last part ends the text.
    const decoder = new TextDecoder();
    return parts.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
  }

  /** To be called inside the transaction of what is stored together with it. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#sql.exec("DELETE FROM description");
    for (let start = 0, part = 0; start < bytes.length; start += SCHEMA_PART_BYTES, part++) {
      const slice = bytes.slice(start, start + SCHEMA_PART_BYTES).buffer;
      this.#sql.exec("INSERT INTO description (part, bytes) VALUES (?, ?)", part, slice);
    }
  }
}
