import type { Sql } from "../ports/ports.ts";
import type { StoredResponse } from "../protocol/entry.ts";

/** What is to be put, but for the body. */
export type KvOutboxRow = { key_id: number; key: string; tries: number; entry: string };

/** What is known of a row without a look at the storage. */
interface Waiting {
  readonly due: number;
  /** A newer body than the row's is kept in memory. It is written down when it may be put, not before. */
  readonly isOutdated: boolean;
}

/**
 * The table of what is owed, and in memory the numbers of its keys: whether one more may be owed, and what is due, costs
 * no statement. A row goes with its key behind our back; the number of such a key is never given again.
 */
export class KvOutboxRows {
  readonly #sql: Sql;
  readonly #waiting = new Map<number, Waiting>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const { key_id, due } of sql.exec<{ key_id: number; due: number }>("SELECT key_id, due FROM owed"))
      this.#waiting.set(key_id, { due, isOutdated: false });
  }

  /** How many rows there are, those that went with their keys included. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many rows there are in the table. */
  count(): number {
    const [row] = this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM owed");
    return row?.n ?? 0;
  }

  get(id: number): Waiting | undefined {
    return this.#waiting.get(id);
  }

  all(): Iterable<readonly [id: number, waiting: Waiting]> {
    return this.#waiting;
  }

  /** Undefined when it went with its key. */
  read(id: number): KvOutboxRow | undefined {
    const [row] = this.#sql.exec<KvOutboxRow>(
      "SELECT key_id, key, tries, entry FROM owed JOIN keys ON keys.id = key_id WHERE key_id = ?",
      id,
    );
    if (!row) this.#waiting.delete(id);
    return row;
  }

  /** Undefined when it went with its key. */
  bodyOf(id: number): ArrayBuffer | undefined {
    return this.#sql.exec<{ body: ArrayBuffer }>("SELECT body FROM owed WHERE key_id = ?", id)[0]?.body;
  }

  /** Instead of an older one of the same key. Answers the entry as it is written down. */
  write(id: number, due: number, entry: StoredResponse): string {
    const { body, ...described } = entry;
    const text = JSON.stringify(described);
    this.#sql.exec(
      "INSERT OR REPLACE INTO owed (key_id, due, tries, entry, body) VALUES (?, ?, 0, ?, ?)",
      ...[id, due, text, body],
    );
    this.#waiting.set(id, { due, isOutdated: false });
    return text;
  }

  /** Writes down what is put with the body of the row, unless a newer entry took its place. */
  describe(row: KvOutboxRow, described: Omit<StoredResponse, "body">): KvOutboxRow {
    const entry = JSON.stringify(described);
    if (entry === row.entry) return row;
    this.#sql.exec("UPDATE owed SET entry = ? WHERE key_id = ? AND entry = ?", entry, row.key_id, row.entry);
    return { ...row, entry };
  }

  /** Notes, in memory only, whether there is a newer body than the row's. */
  outdate(id: number, isOutdated: boolean): void {
    const known = this.#waiting.get(id);
    if (known) this.#waiting.set(id, { ...known, isOutdated });
  }

  drop(id: number): void {
    this.#sql.exec("DELETE FROM owed WHERE key_id = ?", id);
    this.#waiting.delete(id);
  }

  /** The row goes, unless a newer body of the key came meanwhile: that is due at `next`. */
  settle({ key_id, entry }: KvOutboxRow, next: number): void {
    const sql = this.#sql;
    if (!this.#waiting.get(key_id)?.isOutdated)
      sql.exec("DELETE FROM owed WHERE key_id = ? AND entry = ?", key_id, entry);
    this.#noteDue(
      key_id,
      sql.exec("UPDATE owed SET due = max(due, ?) WHERE key_id = ? RETURNING due", next, key_id),
    );
  }

  /** It has failed once more and is due later, unless a newer entry took its place. */
  retry({ key_id, entry }: KvOutboxRow, due: number): void {
    this.#sql.exec(
      "UPDATE owed SET due = ?, tries = tries + 1 WHERE key_id = ? AND entry = ?",
      ...[due, key_id, entry],
    );
    this.#noteDue(key_id, this.#sql.exec("SELECT due FROM owed WHERE key_id = ?", key_id));
  }

  #noteDue(id: number, [row]: readonly { due: number }[]): void {
    const isOutdated = this.#waiting.get(id)?.isOutdated ?? false;
    if (row) this.#waiting.set(id, { due: row.due, isOutdated });
    else this.#waiting.delete(id);
  }
}
