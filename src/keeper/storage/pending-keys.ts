import type { Sql } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import type { Marks } from "./marks.ts";
import type { PendingShapes } from "./pending-shapes.ts";
import type { KeyRow, Numbered, StoredKeys, Totals } from "./stored-keys.ts";

interface PendingKey {
  readonly row: KeyRow;
  readonly read: string;
}

/**
 * The rows of registered keys, those included that are not stored yet. A key must be stored before its first answer is given
 * out, and no sooner (P7): all that were registered meanwhile are stored with it in one transaction, and a key that gets
 * no answer is never stored. Pending keys are in the caller's memory, so nobody looks for one by its text here.
 */
export class PendingKeys {
  readonly #sql: Sql;
  readonly #stored: StoredKeys;
  readonly #shapes: PendingShapes;
  /** By number, in the order of registration. */
  readonly #pending = new Map<number, PendingKey>();

  constructor(sql: Sql, stored: StoredKeys, shapes: PendingShapes) {
    this.#sql = sql;
    this.#stored = stored;
    this.#shapes = shapes;
  }

  totals(): Totals {
    return this.#stored.totals();
  }

  get(key: string): KeyRow | undefined {
    return this.#stored.get(key);
  }

  /** In the order of registration: numbers only go up. */
  *all(): Iterable<KeyRow> {
    yield* this.#stored.all();
    for (const { row } of this.#pending.values()) yield row;
  }

  insert(row: KeyRow, read: string): void {
    this.#pending.set(row.id, { row, read });
  }

  readOf(id: number): CacheableRead | undefined {
    const pending = this.#pending.get(id);
    return pending ? (JSON.parse(pending.read) as CacheableRead) : this.#stored.readOf(id);
  }

  /** To be called inside a transaction, and once that has succeeded: `forgotten`. */
  delete(keys: readonly Numbered[], shapes: readonly Numbered[]): void {
    this.#stored.delete(
      keys.filter(({ id }) => !this.#pending.has(id)),
      shapes.filter(({ id }) => !this.#shapes.isPending(id)),
    );
  }

  /** These are not to be stored any more. */
  forgotten(keys: readonly Numbered[], shapes: readonly Numbered[]): void {
    for (const { id } of keys) this.#pending.delete(id);
    this.#shapes.forgotten(shapes);
  }

  isAlone(shape: number): boolean {
    const pending = [...this.#pending.values()].filter(({ row }) => row.shape_id === shape).length;
    if (pending > 1) return false;
    return pending === 0 ? this.#stored.isAlone(shape) : this.#stored.isUnused(shape);
  }

  dropExcess(most: Pick<Totals, "keys" | "bytes">, marks: Marks): number {
    return this.#stored.dropExcess(most, marks);
  }

  /**
   * Stores all that is pending.
   *
   * @throws when the storage does not take it; then it is still pending
   */
  write(): void {
    if (this.#pending.size === 0) return;
    this.#sql.transaction(() => {
      this.#shapes.write();
      this.#stored.insertAll([...this.#pending.values()]);
    });
    this.#shapes.clear();
    this.#pending.clear();
  }

  /** Everything was deleted from storage. */
  clear(): void {
    this.#pending.clear();
    this.#shapes.clear();
  }
}

/** Where registered keys are kept. */
export type KeyRows = Pick<
  PendingKeys,
  | ("totals" | "get" | "all" | "insert" | "readOf" | "delete" | "forgotten")
  | ("isAlone" | "dropExcess" | "write" | "clear")
>;
