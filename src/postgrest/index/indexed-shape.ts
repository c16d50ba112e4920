import { jsonBytes, listBytes, textBytes } from "../row/bytes.ts";
import type { Part, Shape, ShapeJoin } from "../shape/shape.ts";
import { type AccessPath, accessPathOf, queryKeys } from "./access-path.ts";
import { interned } from "./interned.ts";

/** All queries of one shape, which differ in their literals only. */
export interface IndexedShape {
  readonly key: string;
  readonly parts: readonly IndexedPart[];
  /** About how much memory it takes, however many queries have it. */
  readonly bytes: number;
  count: number;
}

export interface IndexedPart {
  readonly part: Part;
  readonly access: AccessPath | undefined;
  /** Where its slots lie: found by value, by the keys that a window shows, or open to every row. */
  readonly buckets: Readonly<Record<"value" | "join" | "open", string>>;
}

/** Measured on V8, and rounded up: a form's own objects, and those of each part. */
const FORM_BYTES = 600;
const PART_BYTES = 300;
/** A bucket of slots that no other shape shares, and its place under each of its relations. */
const BUCKET_BYTES = 900;
const BUCKET_RELATION_BYTES = 60;
/** A query's place in the index, each of its slots, and each key that leads to a slot, beside its text. */
const QUERY_BYTES = 200;
const SLOT_BYTES = 80;
const KEY_BYTES = 90;

/**
 * Aliased embeds repeat the same lists of columns in each of their parts: what is equal is kept once.
 *
 * @param relations the names of relations, which all forms share: a table may have hundreds of partitions
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

/** About how much memory a query takes in the index, beside its form and without a window. */
export function queryBytes({ parts }: IndexedShape, literals: readonly string[]): number {
  let bytes = QUERY_BYTES + listBytes(literals);
  for (const { access } of parts) {
    bytes += SLOT_BYTES;
    for (const key of (access && queryKeys(access, literals)) ?? []) bytes += KEY_BYTES + textBytes(key);
  }
  return bytes;
}

/** Where the slot of a part lies. */
export interface BucketPlace {
  readonly name: string;
  readonly by?: AccessPath | ShapeJoin;
  /** Absent: open to every row. */
  readonly keys?: readonly string[];
}

/** By the values that the filters demand; undefined when they demand none that can be looked up. */
export function valuePlace(
  { access, buckets }: IndexedPart,
  literals: readonly string[],
): BucketPlace | undefined {
  const values = access && queryKeys(access, literals);
  return access && values && { name: buckets.value, by: access, keys: values };
}

/**
 * By the keys of rows that an answer shows. Undefined where rows that join nothing may still admit a parent or expel one,
 * and for parts that the answer shows no keys of.
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

/** Equal names for parts of whatever shape that can share a bucket; each text once in a form. */
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

/** The list, of the texts that are shared. */
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
  let bytes = FORM_BYTES + textBytes(key) + parts.length * PART_BYTES;
  for (const [name, relations] of names) {
    bytes += textBytes(name) + BUCKET_BYTES + relations * BUCKET_RELATION_BYTES;
  }
  // The relations' names are shared by all forms.
  const seen = new Set<unknown>(parts.flatMap(({ part }) => part.relations));
  return (
    bytes +
    jsonBytes(
      parts.map(({ part }) => part),
      seen,
    )
  );
}
