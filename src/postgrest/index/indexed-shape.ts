import { jsonBytes, listBytes, textBytes } from "../row/bytes.ts";
import type { Part, Shape, ShapeJoin } from "../shape/shape.ts";
import { type AccessPath, accessPathOf, queryKeys } from "./access-path.ts";
import { interned } from "./interned.ts";

/** A shape in the index, shared by all queries that differ only in their literals. */
export interface IndexedShape {
  /** The shape as JSON text. */
  readonly key: string;
  readonly parts: readonly IndexedPart[];
  /** About how many bytes of memory it takes, however many queries have it. */
  readonly bytes: number;
  /** The number of queries that have it. */
  count: number;
}

export interface IndexedPart {
  readonly part: Part;
  readonly access: AccessPath | undefined;
  /** The names of the buckets for its slots: found by value, by the keys that a window shows, or open to every row. */
  readonly buckets: Readonly<Record<"value" | "join" | "open", string>>;
}

/** Measured on V8 and rounded up: the objects of a shape, and of each of its parts. */
const SHAPE_BYTES = 600;
const PART_BYTES = 300;
/** A bucket that no other shape shares, and its entry under each of its relations. */
const BUCKET_BYTES = 900;
const BUCKET_RELATION_BYTES = 60;
/** A query's entry in the index, each of its slots, and each key that leads to a slot, without the key's text. */
const QUERY_BYTES = 200;
const SLOT_BYTES = 80;
const KEY_BYTES = 90;

/**
 * A shape for the index. Equal texts and lists are kept once, as aliased embeds repeat the same columns in each part.
 *
 * @param key the shape as JSON text
 * @param relations names that all shapes share, as a table may have hundreds of partitions
 */
export function indexedShapeOf(key: string, relations: Map<string, string>): IndexedShape {
  const shape = JSON.parse(key) as Shape;
  const own = shape.parts.map((part) => ({ ...part, relations: shared(part.relations, relations) }));
  const parts = interned(own);
  const names = new Map<string, string>();
  const indexedParts = parts.map((part): IndexedPart => {
    const access = accessPathOf(part);
    return { part, access, buckets: bucketNames(part, access, names) };
  });
  return { key, parts: indexedParts, bytes: shapeBytes(key, indexedParts), count: 0 };
}

/** About how many bytes of memory a query takes in the index, without its shape and its window. */
export function queryBytes({ parts }: IndexedShape, literals: readonly string[]): number {
  let bytes = QUERY_BYTES + listBytes(literals);
  for (const { access } of parts) {
    bytes += SLOT_BYTES;
    for (const key of (access && queryKeys(access, literals)) ?? []) bytes += KEY_BYTES + textBytes(key);
  }
  return bytes;
}

/** Where the slot of a part goes. */
export interface BucketPlace {
  /** Of the bucket. */
  readonly name: string;
  readonly by?: AccessPath | ShapeJoin;
  /** Absent: open to every row. */
  readonly keys?: readonly string[];
}

/** By the values that filters demand. Undefined when they demand none that can be looked up. */
export function valuePlace(
  { access, buckets }: IndexedPart,
  literals: readonly string[],
): BucketPlace | undefined {
  const values = access && queryKeys(access, literals);
  return access && values && { name: buckets.value, by: access, keys: values };
}

/**
 * By the keys of rows that the answer shows. Undefined when it shows none, and when a row that joins none of them may
 * still bring a parent into the answer, or take one out.
 */
export function joinPlace(
  { part, buckets }: IndexedPart,
  shown: readonly string[] | undefined,
): BucketPlace | undefined {
  if (part.join?.influence !== "none" || shown === undefined) return undefined;
  return { name: buckets.join, by: part.join, keys: shown };
}

export function openPlace({ buckets }: IndexedPart): BucketPlace {
  return { name: buckets.open };
}

/** Parts that can share a bucket get the same name, whatever their shape. Each name is kept once in a shape. */
function bucketNames(
  part: Part,
  access: AccessPath | undefined,
  names: Map<string, string>,
): IndexedPart["buckets"] {
  const filters = access?.filters.map(({ column, type, operator }) => [column, type, operator]);
  const name = (...parts: readonly unknown[]) => {
    const text = JSON.stringify([part.relations, ...parts]);
    const known = names.get(text) ?? text;
    names.set(known, known);
    return known;
  };
  const open = name("open");
  return {
    open,
    value: filters ? name("value", filters) : open,
    join: part.join ? name("join", part.join.columns, part.join.types) : open,
  };
}

/** The list with each text replaced by the one equal to it that is shared. */
export function shared(texts: readonly string[], known: Map<string, string>): readonly string[] {
  return texts.map((text) => {
    const one = known.get(text) ?? text;
    known.set(one, one);
    return one;
  });
}

function shapeBytes(key: string, parts: readonly IndexedPart[]): number {
  const names = new Map(
    parts.flatMap(({ part, buckets }) => Object.values(buckets).map((name) => [name, part.relations.length])),
  );
  let bytes = SHAPE_BYTES + textBytes(key) + parts.length * PART_BYTES;
  for (const [name, relations] of names) {
    bytes += textBytes(name) + BUCKET_BYTES + relations * BUCKET_RELATION_BYTES;
  }
  // All shapes share the names of relations.
  const seen = new Set<unknown>(parts.flatMap(({ part }) => part.relations));
  return (
    bytes +
    jsonBytes(
      parts.map(({ part }) => part),
      seen,
    )
  );
}
