import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { shared } from "../../postgrest/index/indexed-shape.ts";
import type { Sql } from "../ports/ports.ts";
import { relationName } from "../protocol/names.ts";

/** All of a footprint but its literals. */
export interface Shape extends Omit<Footprint, "literals"> {
  readonly id: number;
  /** The names of its relations. */
  readonly relationNames: readonly string[];
  /** About how much memory it takes, however many keys have it. */
  readonly bytes: number;
}

type StoredShape = { id: number; bytes: number; shape: string };

/**
 * Queries of one shape differ in their literals only: what they share is stored once, and once in memory while a key in
 * memory has it. None is read before it is needed: a storage may hold more than there is memory.
 */
export class Shapes {
  readonly #sql: Sql;
  readonly #byId = new Map<number, Shape>();
  /** By the footprint's own text, and by its caveats, of which there seldom is a second list. */
  readonly #byText = new Map<string, Shape[]>();
  /** How many keys in memory have it. */
  readonly #uses = new Map<number, number>();

  /** The names of relations, once each: a table may have hundreds of partitions. */
  readonly #names = new Map<string, string>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The footprint's shape, if it is stored. */
  find(footprint: Footprint): Shape | undefined {
    const caveats = JSON.stringify(footprint.caveats);
    const known = this.#byText.get(footprint.shape)?.find((each) => JSON.stringify(each.caveats) === caveats);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec<StoredShape>(
      "SELECT id, bytes, shape FROM shapes WHERE shape = ?",
      textOf(footprint),
    );
    return row && this.#read(row);
  }

  /** Stores a shape that is not stored yet. */
  add(footprint: Footprint, bytes: number): Shape {
    const [row] = this.#sql.exec<{ id: number }>(
      "INSERT INTO shapes (bytes, shape) VALUES (?, ?) RETURNING id",
      bytes,
      textOf(footprint),
    );
    if (!row) throw new Error("a shape was not stored");
    return this.#shapeOf(row.id, bytes, footprint);
  }

  /** @throws when no shape is stored under this number */
  get(id: number): Shape {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec<StoredShape>("SELECT id, bytes, shape FROM shapes WHERE id = ?", id);
    if (!row) throw new Error(`shape ${id} of a registered key is not stored`);
    return this.#read(row);
  }

  /** A key in memory has it: it is kept, and this one is given to all who ask for it. */
  use(shape: Shape): void {
    const uses = this.uses(shape.id);
    this.#uses.set(shape.id, uses + 1);
    if (uses > 0) return;
    this.#byId.set(shape.id, shape);
    this.#byText.set(shape.shape, [...(this.#byText.get(shape.shape) ?? []), shape]);
  }

  /** A key in memory had it, and is gone. */
  release(shape: Shape): void {
    const uses = this.uses(shape.id) - 1;
    if (uses > 0) {
      this.#uses.set(shape.id, uses);
      return;
    }
    this.#uses.delete(shape.id);
    this.#byId.delete(shape.id);
    const others = this.#byText.get(shape.shape)?.filter((each) => each !== shape) ?? [];
    if (others.length > 0) this.#byText.set(shape.shape, others);
    else this.#byText.delete(shape.shape);
  }

  /** The shapes that no other keys in memory have. */
  lastUsedBy(keys: readonly { readonly shape: Shape }[]): readonly Shape[] {
    const counts = new Map<Shape, number>();
    for (const { shape } of keys) counts.set(shape, (counts.get(shape) ?? 0) + 1);
    return [...counts].flatMap(([shape, count]) => (count === this.uses(shape.id) ? [shape] : []));
  }

  /** How many keys in memory have it. */
  uses(id: number): number {
    return this.#uses.get(id) ?? 0;
  }

  #read({ id, bytes, shape }: StoredShape): Shape {
    return this.#shapeOf(id, bytes, JSON.parse(shape) as Omit<Footprint, "literals">);
  }

  #shapeOf(id: number, bytes: number, of: Omit<Footprint, "literals">): Shape {
    const { caveats, shape } = of;
    const relations = shared(of.relations, this.#names);
    const relationNames = shared(relations.map(relationName), this.#names);
    return { id, bytes, relations, relationNames, caveats, shape };
  }
}

/** A footprint that shares what is its shape's. Its literals are copies: cut out of a query, each would keep all of it. */
export function detached(
  { relations, caveats, shape }: Omit<Footprint, "literals">,
  literals: string,
): Footprint {
  return { relations, caveats, shape, literals: JSON.parse(literals) as string[] };
}

function textOf({ relations, caveats, shape }: Footprint): string {
  return JSON.stringify({ relations, caveats, shape });
}
