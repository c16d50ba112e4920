import type { Sql } from "../ports/ports.ts";
import type { StoredResponse } from "../protocol/entry.ts";

/** What is to be put, without its body. */
export type KvOutboxRow = { key_id: number; key: string; tries: number; entry: string };

/** What is known of a row without asking the storage. */
interface Waiting {
  readonly due: number;
  /** Memory has a newer body than the row. It is written only when it may be put. */
  readonly isOutdated: boolean;
}

/**
 * The table `owed`, and in memory the numbers of its keys, so that it costs no statement to tell what is due and
 * whether one more fits. A row is deleted together with its key, without a call here; a key's number is never given
 * again.
 */
export class KvOutboxRows {
  readonly #sql: Sql;
  readonly #waiting = new Map<number, Waiting>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const { key_id, due } of sql.exec<{ key_id: number; due: number }>("SELECT key_id, due FROM owed"))
      this.#waiting.set(key_id, { due, isOutdated: false });
  }

  /** How many rows are known, including those deleted with their keys. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many rows are in the table. */
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

  /** Undefined: the row was deleted with its key. */
  read(id: number): KvOutboxRow | undefined {
    const [row] = this.#sql.exec<KvOutboxRow>(
      "SELECT key_id, key, tries, entry FROM owed JOIN keys ON keys.id = key_id WHERE key_id = ?",
      id,
    );
    if (!row) this.#waiting.delete(id);
    return row;
  }

  /** Undefined: the row was deleted with its key. */
  bodyOf(id: number): ArrayBuffer | undefined {
    return this.#sql.exec<{ body: ArrayBuffer }>("SELECT body FROM owed WHERE key_id = ?", id)[0]?.body;
  }

  /** Replaces an older entry of the same key. Returns the entry as it is stored. */
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

  /** Stores the description that is put with the row's body, unless a newer entry replaced the row. */
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

  /** Deletes the row, unless a newer body of the key arrived meanwhile: that one is due at `next`. */
  settle({ key_id, entry }: KvOutboxRow, next: number): void {
    const sql = this.#sql;
    if (!this.#waiting.get(key_id)?.isOutdated)
      sql.exec("DELETE FROM owed WHERE key_id = ? AND entry = ?", key_id, entry);
    this.#noteDue(
      key_id,
      sql.exec("UPDATE owed SET due = max(due, ?) WHERE key_id = ? RETURNING due", next, key_id),
    );
  }

  /** Counts a failed try and sets a later time, unless a newer entry replaced the row. */
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
