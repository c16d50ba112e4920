import type { Footprint } from "../footprint/footprint.ts";
import { Meter } from "../predicate/meter.ts";
import { type ColumnFacts, RowFacts } from "../predicate/row-facts.ts";
import type { Work } from "../predicate/work.ts";
import type { Row } from "../row/change.ts";
import { arrayElements, objectMembers } from "../row/json-source.ts";
import { rulesOf } from "../row/values.ts";
import type { Part, Shape, ShapeKeys, ShapeWindow, SortKey } from "../shape/shape.ts";

/**
 * What an answer showed, in so far as it tells changes beyond it apart. True of that very answer only: to be
 * dropped by whatever may alter it. Plain JSON.
 */
export interface Window {
  readonly rows: number;
  /** Every row that the answer counts is among those shown, or it counts none. */
  readonly isComplete: boolean;
  /** JSON sources of the sort columns, of the first and of the last row. */
  readonly first?: readonly string[];
  readonly last?: readonly string[];
  /** By the number of the part: the keys of the rows that its rows may join. A missing part may join any. */
  readonly keys: Readonly<Record<number, readonly string[]>>;
  /** By the number of the part: the keys of its own rows. A missing part may show any. */
  readonly shown: Readonly<Record<number, readonly string[]>>;
}

/** More keys than this in one answer, or longer ones, are not kept: then every row may join. */
const MAX_KEYS = 256;
const MAX_KEY_LENGTH = 200;

/**
 * The window of an answer's body, or undefined when the footprint has no use for one or the body does not show it
 * (CSV, an error, members stripped). Call it for a 200 or 206 only. The header `Content-Range` (`0-9/57`) tells more
 * of an answer that counts.
 */
export function windowOf(footprint: Footprint, body: string, contentRange?: string): Window | undefined {
  const { parts } = JSON.parse(footprint.shape) as Shape;
  const page = parts.find((part) => part.window !== undefined)?.window;
  const order = page?.order;
  if (order === undefined && parts.every(({ join, shown }) => join === undefined && shown === undefined)) {
    return undefined;
  }
  const rows = rowsOf(body);
  if (rows === undefined) return undefined;
  const lists = new Map<string, readonly string[]>();
  const keep = (list: readonly string[] | undefined) => list && detached(lists, list);
  const keys: Record<number, readonly string[]> = {};
  const shown: Record<number, readonly string[]> = {};
  for (const [number, part] of parts.entries()) {
    const joined = keep(part.join && keysShown(rows, part.join));
    if (joined !== undefined) keys[number] = joined;
    const own = keep(part.shown && keysShown(rows, part.shown));
    if (own !== undefined) shown[number] = own;
  }
  const first = keep(order && sortSources(order, rows[0]));
  const last = keep(order && sortSources(order, rows.at(-1)));
  const total = contentRange?.slice(contentRange.lastIndexOf("/") + 1);
  const isComplete = page?.counted === false || total === String(rows.length);
  return { rows: rows.length, isComplete, ...(first && { first }), ...(last && { last }), keys, shown };
}

/**
 * The list, once for all that are equal. Its texts are copies: V8 cuts texts out of a body by reference, and the
 * shortest key would keep the whole body in memory.
 */
function detached(lists: Map<string, readonly string[]>, list: readonly string[]): readonly string[] {
  const text = JSON.stringify(list);
  const kept = lists.get(text) ?? (JSON.parse(text) as readonly string[]);
  lists.set(text, kept);
  return kept;
}

/** One object is the answer to `.single()`. */
function rowsOf(body: string): readonly Row[] | undefined {
  try {
    JSON.parse(body);
  } catch {
    return undefined;
  }
  const rows: Row[] = [];
  for (const source of arrayElements(body) ?? [body]) {
    const row = objectMembers(source);
    if (row === undefined) return undefined;
    rows.push(row);
  }
  return rows;
}

function sortSources(order: readonly SortKey[], row: Row | undefined): readonly string[] | undefined {
  if (row === undefined) return undefined;
  const sources = order.map(({ output }) => row[output]);
  return sources.some((source) => source === undefined || source.length > MAX_KEY_LENGTH)
    ? undefined
    : (sources as string[]);
}

function keysShown(rows: readonly Row[], by: ShapeKeys): readonly string[] | undefined {
  let level: readonly Row[] = rows;
  for (const member of by.path) {
    const below: Row[] = [];
    for (const row of level) {
      const source = row[member];
      if (source === undefined) return undefined;
      if (source === "null") continue;
      for (const each of arrayElements(source) ?? [source]) {
        const child = objectMembers(each);
        if (child === undefined) return undefined;
        below.push(child);
      }
    }
    level = below;
  }
  if (by.outputs.length === 0) return level.length === 0 ? [] : undefined;
  const keys = new Set<string>();
  // The body is of a size that the keeper bounds.
  const meter = new Meter();
  for (const row of level) {
    const key = joinKey(by.outputs, by.types, new RowFacts(row, meter));
    if (key === undefined) return undefined;
    if (key !== null) keys.add(key);
    if (keys.size > MAX_KEYS || (key?.length ?? 0) > MAX_KEY_LENGTH) return undefined;
  }
  return [...keys];
}

/** The joining values as one text; null when one is NULL, which joins nothing; undefined when not known. */
export function joinKey(
  columns: readonly string[],
  types: readonly string[],
  row: RowFacts,
): string | null | undefined {
  const values: string[] = [];
  for (const [at, name] of columns.entries()) {
    const column = row.column(name);
    if (column === undefined) return undefined;
    if (column.isNull) return null;
    const key = column.key(types[at] ?? "");
    if (key === undefined) return undefined;
    values.push(key);
  }
  return values.length === 1 ? values[0] : JSON.stringify(values);
}

/** Where a row that matches stands in the order: before the first row shown, behind the last, or maybe among them. */
export type Position = "before" | "inside" | "behind";

/** What comparing by one sort column takes. */
const STEPS_PER_SORT_KEY = 60;

export function positionOf(
  shape: ShapeWindow,
  literals: readonly string[],
  window: Window,
  row: Row,
  work: Work,
): Position {
  const limit = shape.limit === undefined ? undefined : Number(literals[shape.limit]);
  // Behind a full page only: a short one would show whatever comes.
  if (window.last !== undefined && limit !== undefined && window.rows >= limit) {
    if (compareRows(shape.order ?? [], row, window.last, work) === 1) return "behind";
  }
  // Without an offset nothing can hide before the first row.
  if (window.first !== undefined && Number(literals[shape.offset]) > 0) {
    if (compareRows(shape.order ?? [], row, window.first, work) === -1) return "before";
  }
  return "inside";
}

/** -1 when the row sorts before the other, 1 behind, 0 as its equal; undefined when not known. */
function compareRows(
  order: readonly SortKey[],
  row: Row,
  other: readonly string[],
  work: Work,
): -1 | 0 | 1 | undefined {
  const facts = work.of(row);
  for (const [at, key] of order.entries()) {
    const [a, b] = [facts.column(key.column), other[at]];
    if (a === undefined || b === undefined || !work.meter.spend(STEPS_PER_SORT_KEY + b.length))
      return undefined;
    const sign = compareSources(key, a, b);
    if (sign === undefined) return undefined;
    if (sign !== 0) return sign;
  }
  return 0;
}

function compareSources(key: SortKey, a: ColumnFacts, b: string): -1 | 0 | 1 | undefined {
  if (key.type === "jsonb" || key.type === "?") return undefined;
  if (a.isNull || b === "null") {
    if (a.source === b) return 0;
    return a.isNull === key.nullsFirst ? -1 : 1;
  }
  const rules = rulesOf(key.type);
  const [left, right] = [a.value(key.type), rules?.image(b)];
  if (rules === undefined || left === undefined || right === undefined) return undefined;
  const comparison = rules.compare(left, right);
  if (typeof comparison !== "number") return undefined;
  if (comparison === 0) return 0;
  return comparison > 0 !== key.descending ? 1 : -1;
}

/** Whether a part's rows joined nothing that the answer shows. */
export function joinsNothing(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const key = keyOf(part.join, window.keys[number], row, work);
  return key === null || (key !== undefined && !isAmong(window.keys[number], key, work.meter));
}

/** Whether a part's row surely joined something that the answer shows. */
export function joinsShown(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const key = keyOf(part.join, window.keys[number], row, work);
  return key !== null && key !== undefined && isAmong(window.keys[number], key, work.meter);
}

/** Whether the answer surely does not show this row. */
export function isNotShown(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const key = keyOf(part.shown, window.shown[number], row, work);
  return key !== undefined && key !== null && !isAmong(window.shown[number], key, work.meter);
}

/** What a look at a list takes, for each of its keys. */
const STEPS_PER_KEY_SHOWN = 1;

function keyOf(
  keys: ShapeKeys | undefined,
  shown: readonly string[] | undefined,
  row: Row,
  work: Work,
): string | null | undefined {
  if (keys === undefined || shown === undefined) return undefined;
  return work.meter.spend(STEPS_PER_SORT_KEY * keys.columns.length)
    ? joinKey(keys.columns, keys.types, work.of(row))
    : undefined;
}

/** Over its steps the verdict does not count, so neither does this. */
function isAmong(shown: readonly string[] | undefined, key: string, meter: Meter): boolean {
  const list = shown ?? [];
  return meter.spend(STEPS_PER_KEY_SHOWN * list.length + key.length) && list.includes(key);
}
