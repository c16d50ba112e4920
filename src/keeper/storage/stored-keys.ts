import type { Sql } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { insertRows } from "./insert-rows.ts";
import type { Marks } from "./marks.ts";

/** Keys read from storage at a time: all at once would take the memory twice. */
const KEYS_LOADED_AT_ONCE = 100;

/** A storage over its caps is emptied in steps of this many keys, each a transaction of its own. */
const KEYS_DROPPED_AT_ONCE = 500;

export type KeyRow = {
  id: number;
  bytes: number;
  shape_id: number;
  registered_at: number;
  key: string;
  path: string;
  relation: string;
  literals: string;
};

const COLUMNS = [
  "id",
  "bytes",
  "shape_id",
  "registered_at",
  "key",
  "path",
  "relation",
  "literals",
] as const satisfies readonly (keyof KeyRow)[];

export interface Numbered {
  readonly id: number;
}

export interface Totals {
  readonly keys: number;
  /** About how many bytes of memory all of them take, with their shapes. */
  readonly bytes: number;
  /** The highest number given to a key. */
  readonly last: number;
}

/** The rows of the registered keys. */
export class StoredKeys {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  totals(): Totals {
    const [keys] = this.#sql.exec<{ n: number; bytes: number | null; last: number | null }>(
      "SELECT count(*) AS n, sum(bytes) AS bytes, max(id) AS last FROM keys",
    );
    const [shapes] = this.#sql.exec<{ bytes: number | null }>("SELECT sum(bytes) AS bytes FROM shapes");
    const bytes = (keys?.bytes ?? 0) + (shapes?.bytes ?? 0);
    return { keys: keys?.n ?? 0, bytes, last: keys?.last ?? 0 };
  }

  get(key: string): KeyRow | undefined {
    return this.#sql.exec<KeyRow>(`SELECT ${COLUMNS.join()} FROM keys WHERE key = ?`, key)[0];
  }

  *all(): Iterable<KeyRow> {
    for (let after = 0; ; ) {
      const rows = this.#sql.exec<KeyRow>(
        `SELECT ${COLUMNS.join()} FROM keys WHERE id > ? ORDER BY id LIMIT ?`,
        after,
        KEYS_LOADED_AT_ONCE,
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  insertAll(keys: readonly { readonly row: KeyRow; readonly read: string }[]): void {
    const rows = keys.map(({ row, read }) => [...COLUMNS.map((column) => row[column]), read]);
    insertRows(this.#sql, "keys", [...COLUMNS, "read"], rows);
  }

  readOf(id: number): CacheableRead | undefined {
    const [row] = this.#sql.exec<{ read: string }>("SELECT read FROM keys WHERE id = ?", id);
    return row && (JSON.parse(row.read) as CacheableRead);
  }

  /** Deletes keys, and shapes that no other key has. To be called inside a transaction. */
  delete(keys: readonly Numbered[], shapes: readonly Numbered[]): void {
    for (const { id } of keys) {
      this.#sql.exec("DELETE FROM keys WHERE id = ?", id);
      this.#sql.exec("DELETE FROM owed WHERE key_id = ?", id);
    }
    for (const { id } of shapes) this.#sql.exec("DELETE FROM shapes WHERE id = ?", id);
  }

  /** Whether at most one key has this shape. */
  isAlone(shape: number): boolean {
    return this.#sql.exec("SELECT id FROM keys WHERE shape_id = ? LIMIT 2", shape).length < 2;
  }

  /** Whether no key has this shape. */
  isUnused(shape: number): boolean {
    return this.#sql.exec("SELECT id FROM keys WHERE shape_id = ? LIMIT 1", shape).length === 0;
  }

  /**
   * Forgets the oldest keys until the rest is within the caps, without reading any: storage filled under other caps
   * may hold more than fits in memory. Each step raises the floor, since this many keys are not worth a mark each.
   *
   * @returns how many keys were forgotten
   */
  dropExcess(most: Pick<Totals, "keys" | "bytes">, marks: Marks): number {
    let dropped = 0;
    for (let { keys, bytes } = this.totals(); keys > most.keys || bytes > most.bytes; ) {
      marks.raise({ everything: true }, () => {
        const first = "SELECT id FROM keys ORDER BY id LIMIT ?";
        this.#sql.exec(`DELETE FROM keys WHERE id IN (${first})`, KEYS_DROPPED_AT_ONCE);
        this.#sql.exec("DELETE FROM owed WHERE key_id NOT IN (SELECT id FROM keys)");
        this.#sql.exec("DELETE FROM shapes WHERE id NOT IN (SELECT shape_id FROM keys)");
      });
      const left = this.totals();
      dropped += keys - left.keys;
      ({ keys, bytes } = left);
    }
    return dropped;
  }
}
