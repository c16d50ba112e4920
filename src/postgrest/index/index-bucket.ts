import type { RowFacts } from "../predicate/row-facts.ts";
import type { ShapeJoin } from "../shape/shape.ts";
import { joinKey } from "../verdict/join-key.ts";
import { type AccessPath, rowKey } from "./access-path.ts";

/** Nearly always there is one slot under a key, which needs no set. */
type Slots = number | Set<number>;

/**
 * The parts of queries, as slots, that concern the same relations and are found in the same way: by the values that `eq`
 * or `in` filters demand, or by the keys of rows that an answer shows. Slots that have no such key lie *open*: every row
 * may concern them. Queries of all shapes share a bucket.
 */
export class IndexBucket {
  readonly #keyOf: ((row: RowFacts) => string | null | undefined) | undefined;
  readonly #byKey = new Map<string, Slots>();
  readonly #open = new Set<number>();
  /** The number of columns in a row's key. */
  readonly width: number;

  constructor(by: AccessPath | ShapeJoin | undefined) {
    this.width = by === undefined ? 0 : "filters" in by ? by.filters.length : by.columns.length;
    if (by === undefined) this.#keyOf = undefined;
    else if ("filters" in by) this.#keyOf = (row) => rowKey(by, row);
    else this.#keyOf = (row) => joinKey(by.columns, by.types, row);
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0 && this.#open.size === 0;
  }

  /** @param keys undefined: the slot lies open */
  add(slot: number, keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#open.add(slot);
    for (const key of keys ?? []) {
      const slots = this.#byKey.get(key);
      if (slots === undefined) this.#byKey.set(key, slot);
      else if (typeof slots !== "number") slots.add(slot);
      else if (slots !== slot) this.#byKey.set(key, new Set([slots, slot]));
    }
  }

  delete(slot: number, keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#open.delete(slot);
    for (const key of keys ?? []) {
      const slots = this.#byKey.get(key);
      if (slots === slot) this.#byKey.delete(key);
      else if (slots instanceof Set) {
        slots.delete(slot);
        if (slots.size === 0) this.#byKey.delete(key);
      }
    }
  }

  /** Slots that one of these rows may concern. One that is found by several values comes more than once. */
  *candidates(rows: readonly RowFacts[]): Iterable<number> {
    yield* this.#open;
    yield* this.byKey(rows);
  }

  /** Slots that every row may concern. */
  open(): Iterable<number> {
    return this.#open;
  }

  /** The other slots that one of these rows may concern. */
  *byKey(rows: readonly RowFacts[]): Iterable<number> {
    if (this.#keyOf === undefined) return;
    const keys = new Set(rows.map(this.#keyOf));
    // A NULL equals nothing. A value that is not known may equal any.
    if (keys.has(undefined)) yield* this.#keyed();
    else for (const key of keys) if (typeof key === "string") yield* each(this.#byKey.get(key));
  }

  *everything(): Iterable<number> {
    yield* this.#open;
    yield* this.#keyed();
  }

  *#keyed(): Iterable<number> {
    for (const slots of this.#byKey.values()) yield* each(slots);
  }
}

function* each(slots: Slots | undefined): Iterable<number> {
  if (typeof slots === "number") yield slots;
  else if (slots !== undefined) yield* slots;
}
