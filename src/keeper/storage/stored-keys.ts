import type { Sql } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { insertRows } from "./insert-rows.ts";
import type { Marks } from "./marks.ts";
import type { StoredShapes } from "./stored-shapes.ts";

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

interface Numbered {
  readonly id: number;
}

interface PendingKey {
  readonly row: KeyRow;
  readonly read: string;
}

interface Totals {
  readonly keys: number;
  /** About how many bytes of memory all of them take, with their shapes. */
  readonly bytes: number;
  /** The highest number given to a key. */
  readonly last: number;
}

/**
 * The rows of the registered keys. A key must be stored before its first answer is given out, and no sooner (P7): until then
 * it is pending, in memory only. All that were registered meanwhile are stored with it in one transaction, and a key that gets
 * no answer is never stored.
 */
export class StoredKeys {
  readonly #sql: Sql;
  readonly #shapes: StoredShapes;
  /** By number, in the order of registration. */
  readonly #pending = new Map<number, PendingKey>();

  constructor(sql: Sql, shapes: StoredShapes) {
    this.#sql = sql;
    this.#shapes = shapes;
  }

  /** Of what is stored. */
  totals(): Totals {
    const [keys] = this.#sql.exec<{ n: number; bytes: number | null; last: number | null }>(
      "SELECT count(*) AS n, sum(bytes) AS bytes, max(id) AS last FROM keys",
    );
    const [shapes] = this.#sql.exec<{ bytes: number | null }>("SELECT sum(bytes) AS bytes FROM shapes");
    const bytes = (keys?.bytes ?? 0) + (shapes?.bytes ?? 0);
    return { keys: keys?.n ?? 0, bytes, last: keys?.last ?? 0 };
  }

  /** A stored key: pending ones are in the caller's memory, so nobody looks for one by its text. */
  get(key: string): KeyRow | undefined {
    return this.#sql.exec<KeyRow>(`SELECT ${COLUMNS.join()} FROM keys WHERE key = ?`, key)[0];
  }

  /** In the order of registration: numbers only go up. */
  *all(): Iterable<KeyRow> {
    yield* this.#allStored();
    for (const { row } of this.#pending.values()) yield row;
  }

  *#allStored(): Iterable<KeyRow> {
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

  insert(row: KeyRow, read: string): void {
    this.#pending.set(row.id, { row, read });
  }

  /**
   * Stores all that is pending.
   *
   * @throws when the storage does not take it; then it is still pending
   */
  write(): void {
    if (this.#pending.size === 0) return;
    const rows = [...this.#pending.values()].map(({ row, read }) => [
      ...COLUMNS.map((column) => row[column]),
      read,
    ]);
    this.#sql.transaction(() => {
      this.#shapes.write();
      insertRows(this.#sql, "keys", [...COLUMNS, "read"], rows);
    });
    this.clear();
  }

  /** Nothing is pending any more. */
  clear(): void {
    this.#pending.clear();
    this.#shapes.clear();
  }

  readOf(id: number): CacheableRead | undefined {
    const row =
      this.#pending.get(id) ?? this.#sql.exec<{ read: string }>("SELECT read FROM keys WHERE id = ?", id)[0];
    return row && (JSON.parse(row.read) as CacheableRead);
  }

  /** Deletes keys, and shapes that no other key has. To be called inside a transaction; once that has succeeded: `forgotten`. */
  delete(keys: readonly Numbered[], shapes: readonly Numbered[]): void {
    for (const { id } of keys) {
      if (this.#pending.has(id)) continue;
      this.#sql.exec("DELETE FROM keys WHERE id = ?", id);
      this.#sql.exec("DELETE FROM owed WHERE key_id = ?", id);
    }
    for (const { id } of shapes) {
      if (!this.#shapes.isPending(id)) this.#sql.exec("DELETE FROM shapes WHERE id = ?", id);
    }
  }

  /** These are not to be stored any more. */
  forgotten(keys: readonly Numbered[], shapes: readonly Numbered[]): void {
    for (const { id } of keys) this.#pending.delete(id);
    this.#shapes.forgotten(shapes);
  }

  /** Whether no other stored key has the shape of this one, which need not be stored itself. */
  isAlone({ id }: Numbered, shape: Numbered): boolean {
    const others = "SELECT id FROM keys WHERE shape_id = ? AND id <> ? LIMIT 1";
    return this.#sql.exec(others, shape.id, id).length === 0;
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

/** Where registered keys are kept. */
export type KeyRows = Pick<StoredKeys, keyof StoredKeys>;
