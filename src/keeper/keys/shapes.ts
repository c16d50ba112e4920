import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { shared } from "../../postgrest/index/indexed-shape.ts";
import { relationName } from "../protocol/names.ts";
import type { ShapeRow, ShapeRows } from "../storage/stored-shapes.ts";

/** A footprint without its literals. */
export interface ShapeRecord extends Omit<Footprint, "literals"> {
  readonly id: number;
  /** The names of its relations. */
  readonly relationNames: readonly string[];
  /** About how many bytes of memory it takes, however many keys have it. */
  readonly bytes: number;
}

/**
 * Queries of one shape differ only in their literals, so the shape is stored once, and is in memory once while a key in
 * memory has it. A shape is read only when it is needed: storage may hold more than fits in memory.
 */
export class Shapes {
  readonly #rows: ShapeRows;
  readonly #byId = new Map<number, ShapeRecord>();
  /** By the footprint's text. Shapes with one text differ in their caveats, which is rare. */
  readonly #byText = new Map<string, ShapeRecord[]>();
  /** How many keys in memory have each shape. */
  readonly #uses = new Map<number, number>();
  /** Each relation's name once: a table may have hundreds of partitions. */
  readonly #names = new Map<string, string>();

  constructor(rows: ShapeRows) {
    this.#rows = rows;
  }

  /** The footprint's shape. Undefined: it is not stored. */
  find(footprint: Footprint): ShapeRecord | undefined {
    const caveats = JSON.stringify(footprint.caveats);
    const known = this.#byText.get(footprint.shape)?.find((each) => JSON.stringify(each.caveats) === caveats);
    if (known !== undefined) return known;
    const row = this.#rows.find(textOf(footprint));
    return row && this.#read(row);
  }

  /** Adds a shape that is not known yet: it is stored with its first key. */
  add(footprint: Footprint, bytes: number): ShapeRecord {
    return this.#shapeOf(this.#rows.add(bytes, textOf(footprint)), bytes, footprint);
  }

  /** @throws Error when no shape is stored under this number */
  get(id: number): ShapeRecord {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const row = this.#rows.get(id);
    if (!row) throw new Error(`shape ${id} of a registered key is not stored`);
    return this.#read(row);
  }

  /** A key in memory has this shape: from now on every lookup returns this object. */
  use(shape: ShapeRecord): void {
    const uses = this.uses(shape.id);
    this.#uses.set(shape.id, uses + 1);
    if (uses > 0) return;
    this.#byId.set(shape.id, shape);
    this.#byText.set(shape.shape, [...(this.#byText.get(shape.shape) ?? []), shape]);
  }

  /** A key in memory that had this shape is gone. */
  release(shape: ShapeRecord): void {
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

  /** The shapes that no keys in memory have but these. */
  lastUsedBy(keys: readonly { readonly shape: ShapeRecord }[]): readonly ShapeRecord[] {
    const counts = new Map<ShapeRecord, number>();
    for (const { shape } of keys) counts.set(shape, (counts.get(shape) ?? 0) + 1);
    return [...counts].flatMap(([shape, count]) => (count === this.uses(shape.id) ? [shape] : []));
  }

  /** How many keys in memory have the shape with this number. */
  uses(id: number): number {
    return this.#uses.get(id) ?? 0;
  }

  #read({ id, bytes, shape }: ShapeRow): ShapeRecord {
    return this.#shapeOf(id, bytes, JSON.parse(shape) as Omit<Footprint, "literals">);
  }

  #shapeOf(id: number, bytes: number, of: Omit<Footprint, "literals">): ShapeRecord {
    const { caveats, shape } = of;
    const relations = shared(of.relations, this.#names);
    const relationNames = shared(relations.map(relationName), this.#names);
    return { id, bytes, relations, relationNames, caveats, shape };
  }
}

/**
 * A footprint that shares its shape. Its literals are copies: a slice of the query would keep the whole query in
 * memory.
 */
export function detached(
  { relations, caveats, shape }: Omit<Footprint, "literals">,
  literals: string,
): Footprint {
  return { relations, caveats, shape, literals: JSON.parse(literals) as string[] };
}

function textOf({ relations, caveats, shape }: Footprint): string {
  return JSON.stringify({ relations, caveats, shape });
}
