import type { Footprint } from "../footprint/footprint.ts";
import { Meter } from "../predicate/meter.ts";
import { RowFacts } from "../predicate/row-facts.ts";
import type { Row } from "../row/change.ts";
import { arrayElements, objectMembers } from "../row/json-source.ts";
import type { Part, Shape, ShapeKeys, SortKey } from "../shape/shape.ts";
import { joinKey } from "./join-key.ts";

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
  return windowBy((JSON.parse(footprint.shape) as Shape).parts, body, contentRange);
}

/** The same, by the parts of the footprint's shape. */
export function windowBy(parts: readonly Part[], body: string, contentRange?: string): Window | undefined {
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
