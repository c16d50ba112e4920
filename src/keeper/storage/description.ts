import type { Sql } from "../ports/ports.ts";
import { SCHEMA_PART_BYTES } from "../protocol/constants.ts";

/** The text in which the database has described itself last, in rows of a size that SQLite takes. */
export class Description {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Null before anything was written. */
  read(): string | null {
    const parts = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM description ORDER BY part");
    if (parts.length === 0) return null;
    // A character may be cut in two: only the end of the last part is the end.
    const decoder = new TextDecoder();
    return parts.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
  }

  /** To be called in the transaction of what is written with it. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#sql.exec("DELETE FROM description");
    for (let start = 0, part = 0; start < bytes.length; start += SCHEMA_PART_BYTES, part++) {
      const slice = bytes.slice(start, start + SCHEMA_PART_BYTES).buffer;
      this.#sql.exec("INSERT INTO description (part, bytes) VALUES (?, ?)", part, slice);
    }
  }
}
