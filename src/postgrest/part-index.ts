import { type Access, accessOf, queryKeys, rowKey } from "./access.ts";
import type { Row } from "./change.ts";
import type { Part } from "./shape.ts";
import { joinKey, type Window } from "./window.ts";

/** Ids under one key: nearly always one, which needs no set. */
type Ids = number | Set<number>;

/** The queries of one shape, arranged for one of its parts. */
export class PartIndex {
  readonly part: Part;
  readonly number: number;
  readonly #access: Access | undefined;
  /** By the values that the filter demands. */
  readonly #byValue = new Map<string, Ids>();
  /** By the keys of the rows shown, for parts without such a filter. */
  readonly #byJoin = new Map<string, Ids>();
  /** Those that every row has to be judged for. */
  readonly #open = new Set<number>();

  constructor(part: Part, number: number) {
    this.part = part;
    this.number = number;
    this.#access = accessOf(part);
  }

  add(id: number, literals: readonly string[], window: Window | undefined): void {
    const [map, keys] = this.#place(literals, window);
    if (map === undefined) this.#open.add(id);
    else for (const key of keys) insert(map, key, id);
  }

  delete(id: number, literals: readonly string[], window: Window | undefined): void {
    const [map, keys] = this.#place(literals, window);
    if (map === undefined) this.#open.delete(id);
    else for (const key of keys) remove(map, key, id);
  }

  /** Ids that this row may concern; undefined for all of the shape's. */
  *candidates(row: Row): Iterable<number> {
    yield* this.#open;
    if (this.#access !== undefined) {
      const key = rowKey(this.#access, row);
      if (key === undefined) yield* all(this.#byValue);
      else if (key !== null) yield* idsOf(this.#byValue.get(key));
    }
    const { join } = this.part;
    if (join !== undefined && this.#byJoin.size > 0) {
      const key = joinKey(join.columns, join.types, row);
      if (key === undefined) yield* all(this.#byJoin);
      else if (key !== null) yield* idsOf(this.#byJoin.get(key));
    }
  }

  /** Every id, for a change whose row is not told. */
  *everything(): Iterable<number> {
    yield* this.#open;
    yield* all(this.#byValue);
    yield* all(this.#byJoin);
  }

  #place(
    literals: readonly string[],
    window: Window | undefined,
  ): readonly [Map<string, Ids> | undefined, readonly string[]] {
    const keys = this.#access && queryKeys(this.#access, literals);
    if (keys !== undefined) return [this.#byValue, keys];
    const shown = this.part.join && window?.keys[this.number];
    return shown === undefined ? [undefined, []] : [this.#byJoin, shown];
  }
}

function insert(map: Map<string, Ids>, key: string, id: number): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, id);
  else if (typeof ids === "number") map.set(key, new Set([ids, id]));
  else ids.add(id);
}

function remove(map: Map<string, Ids>, key: string, id: number): void {
  const ids = map.get(key);
  if (ids === id) map.delete(key);
  else if (ids instanceof Set) {
    ids.delete(id);
    if (ids.size === 0) map.delete(key);
  }
}

function* idsOf(ids: Ids | undefined): Iterable<number> {
  if (typeof ids === "number") yield ids;
  else if (ids !== undefined) yield* ids;
}

function* all(map: ReadonlyMap<string, Ids>): Iterable<number> {
  for (const ids of map.values()) yield* idsOf(ids);
}
