import type { Footprint } from "../footprint/footprint.ts";
import type { RowFacts } from "../predicate/row-facts.ts";
import { Work } from "../predicate/work.ts";
import type { Change, Row, RowChange } from "../row/change.ts";
import { judgePart } from "../verdict/judge-part.ts";
import { unchanged } from "../verdict/same-row.ts";
import { type Window, windowBy } from "../verdict/window.ts";
import { Buckets } from "./buckets.ts";
import type { IndexBucket } from "./index-bucket.ts";
import {
  type IndexedShape,
  indexedShapeOf,
  joinPlace,
  openPlace,
  queryBytes,
  valuePlace,
} from "./indexed-shape.ts";
import { WindowBudget } from "./window-budget.ts";

interface IndexedQuery {
  readonly shape: IndexedShape;
  readonly literals: readonly string[];
  window: Window | undefined;
  /** Numbers of the parts that are found by what the window shows. */
  byWindow: Set<number> | undefined;
  /** Numbers of the parts that lie open because there was no room for their keys. */
  crowded: Set<number> | undefined;
}

/** A slot is a query's id times this, plus the number of one of its parts. No footprint has so many parts. */
const MAX_PARTS = 4_096;

/** What it costs to look into a bucket, for each of its columns, and for each slot found there. */
const STEPS_PER_BUCKET = 30;
const STEPS_PER_COLUMN = 20;
const STEPS_PER_SLOT = 10;

/** Limits of a `FootprintIndex`. */
export interface FootprintIndexOptions {
  /** About how much memory windows may take, in bytes; beyond it the oldest are dropped. Default: 16 MiB. */
  readonly maxWindowBytes?: number;
}

/**
 * Finds the queries whose answers a change may alter, among very many. Queries that differ only in their literals share
 * one shape, and queries of all shapes that demand values of the same columns share one bucket, where a row's values
 * find them. So a change costs one look for each such set of columns, and one judgement for each query it comes near.
 */
export class FootprintIndex {
  readonly #queries = new Map<number, IndexedQuery>();
  readonly #shapes = new Map<string, IndexedShape>();
  readonly #buckets = new Buckets();
  /** The names of relations, each kept once. */
  readonly #relations = new Map<string, string>();
  readonly #budget: WindowBudget;
  /** What was weighed last and no query has yet: mostly it is added next, and reading a shape is most of the work. */
  #weighed: IndexedShape | undefined;
  #judged = 0;

  /** @param options see `FootprintIndexOptions` */
  constructor({ maxWindowBytes = 16 * 1024 * 1024 }: FootprintIndexOptions = {}) {
    this.#budget = new WindowBudget(maxWindowBytes);
  }

  /** How many verdicts on single parts were made so far. */
  get judged(): number {
    return this.#judged;
  }

  /** How many shapes the queries have; each takes some kilobytes. */
  get shapes(): number {
    return this.#shapes.size;
  }

  /**
   * About how many bytes of memory a query would take in here: `own`, without a window, and `shape`, which all queries
   * of its shape share.
   */
  weigh({ shape, literals }: Footprint): { readonly own: number; readonly shape: number } {
    const known = this.#shapes.get(shape);
    const indexed = known ?? this.#read(shape);
    if (known === undefined) this.#weighed = indexed;
    return { own: queryBytes(indexed, literals), shape: indexed.bytes };
  }

  /** About how many bytes of memory the windows take. */
  get windowBytes(): number {
    return this.#budget.total;
  }

  get size(): number {
    return this.#queries.size;
  }

  /** Registers a query without a window. A known id is replaced. */
  add(id: number, { shape: key, literals }: Footprint): void {
    this.delete(id);
    const shape = this.#shapes.get(key) ?? this.#addShape(key);
    const query: IndexedQuery = {
      shape,
      literals,
      window: undefined,
      byWindow: undefined,
      crowded: undefined,
    };
    this.#queries.set(id, query);
    shape.count += 1;
    for (const number of shape.parts.keys()) this.#place(id, query, number);
  }

  /** Forgets a footprint; one that is not there is no error. */
  delete(id: number): void {
    const query = this.#queries.get(id);
    if (query === undefined) return;
    this.#replaceWindow(id, undefined);
    const { shape } = query;
    for (const number of shape.parts.keys()) this.#displace(id, query, number);
    shape.count -= 1;
    this.#queries.delete(id);
    this.#budget.delete(id);
    if (shape.count === 0) this.#shapes.delete(shape.key);
  }

  /**
   * Notes what the query's current answer showed. You must drop it before the next flight or invalidation; the index
   * drops it earlier when windows take too much memory.
   */
  setWindow(id: number, window: Window): void {
    if (!this.#queries.has(id)) return;
    this.#replaceWindow(id, window);
    for (const oldest of this.#budget.add(id, window)) this.dropWindow(oldest);
  }

  /** As `windowOf`, which reads the footprint's shape each time. Undefined also when the query is not known. */
  windowIn(id: number, body: string, contentRange?: string): Window | undefined {
    const query = this.#queries.get(id);
    if (query === undefined) return undefined;
    const parts = query.shape.parts.map(({ part }) => part);
    return windowBy(parts, body, contentRange);
  }

  /** Undefined when the query is not known, or its window is not. */
  windowOf(id: number): Window | undefined {
    return this.#queries.get(id)?.window;
  }

  /** Forgets what an answer showed, so that any row of its query may be on the page. */
  dropWindow(id: number): void {
    this.#budget.delete(id);
    this.#replaceWindow(id, undefined);
  }

  /**
   * Adds to `found` the ids of the queries whose answers the change may alter. If that spends all steps of `work`, some
   * may be missing: treat the change as a flush of its relation.
   */
  affected(change: Change, work: Work = new Work(), found: Set<number> = new Set()): Set<number> {
    for (const bucket of this.#buckets.of(change.relation)) {
      if (change.kind === "flush") {
        for (const slot of bucket.everything()) found.add(Math.floor(slot / MAX_PARTS));
      } else {
        this.#judge(bucket, change, work, found);
        if (work.meter.isSpent) break;
      }
    }
    return found;
  }

  #judge(bucket: IndexBucket, change: RowChange, work: Work, found: Set<number>): void {
    const { operation, record, old } = change;
    const { meter } = work;
    const rows = rowsOf(change);
    if (!look(bucket, rows, work)) return;
    const facts = factsOf(rows, work);
    for (const slot of facts === undefined ? bucket.everything() : bucket.candidates(facts)) {
      if (!meter.share(STEPS_PER_SLOT)) return;
      const id = Math.floor(slot / MAX_PARTS);
      if (found.has(id)) continue;
      const number = slot % MAX_PARTS;
      const query = this.#queries.get(id);
      const part = query?.shape.parts[number]?.part;
      if (query === undefined || part === undefined) continue;
      this.#judged += 1;
      // V2 is the same for all queries of a shape, and looked up after the first.
      if (operation === "UPDATE" && old && record && unchanged(part, old, record, work)) continue;
      const rule = judgePart(part, number, query.literals, change, query.window, work);
      if (rule === undefined) found.add(id);
    }
  }

  /**
   * Adds to `found` the ids that the change may concern, without judging them: a superset of those whose answers it may
   * alter, for the price of a look-up. If that spends all steps of `work`, some may be missing.
   *
   * @param taken buckets whose open slots are in `found` already; share it among the changes of one batch
   */
  concerned(change: RowChange, work: Work, found: Set<number>, taken: Set<IndexBucket>): void {
    const rows = rowsOf(change);
    const facts = factsOf(rows, work);
    for (const bucket of this.#buckets.of(change.relation)) {
      if (!look(bucket, rows, work)) return;
      const byKey = facts === undefined ? bucket.everything() : bucket.byKey(facts);
      for (const slots of [taken.has(bucket) ? [] : bucket.open(), byKey]) {
        for (const slot of slots) {
          if (!work.meter.share(STEPS_PER_SLOT)) return;
          found.add(Math.floor(slot / MAX_PARTS));
        }
      }
      taken.add(bucket);
    }
  }

  #addShape(key: string): IndexedShape {
    // With this very text, of which the caller may keep one for all queries of the shape.
    const shape = { ...this.#read(key), key };
    this.#weighed = undefined;
    this.#shapes.set(key, shape);
    return shape;
  }

  #read(key: string): IndexedShape {
    return this.#weighed?.key === key ? this.#weighed : indexedShapeOf(key, this.#relations);
  }

  #place(id: number, query: IndexedQuery, number: number): void {
    const indexedPart = query.shape.parts[number];
    if (indexedPart === undefined) return;
    const slot = id * MAX_PARTS + number;
    const place = valuePlace(indexedPart, query.literals);
    if (place !== undefined && this.#buckets.put(slot, indexedPart, place)) return;
    if (place !== undefined) {
      query.crowded ??= new Set();
      query.crowded.add(number);
    }
    this.#buckets.put(slot, indexedPart, openPlace(indexedPart));
  }

  #displace(id: number, query: IndexedQuery, number: number): void {
    const indexedPart = query.shape.parts[number];
    if (indexedPart === undefined) return;
    const place = query.crowded?.has(number) ? undefined : valuePlace(indexedPart, query.literals);
    this.#buckets.take(id * MAX_PARTS + number, indexedPart, place ?? openPlace(indexedPart));
  }

  /** Parts that no value finds move to where the window's keys find them, and back when the window goes. */
  #replaceWindow(id: number, window: Window | undefined): void {
    const query = this.#queries.get(id);
    if (query === undefined || query.window === window) return;
    const { parts } = query.shape;
    for (const number of query.byWindow ?? []) {
      const indexedPart = parts[number];
      const place = indexedPart && joinPlace(indexedPart, query.window?.keys[number]);
      if (indexedPart === undefined || place === undefined) continue;
      this.#buckets.take(id * MAX_PARTS + number, indexedPart, place);
      this.#buckets.put(id * MAX_PARTS + number, indexedPart, openPlace(indexedPart));
    }
    query.byWindow = undefined;
    query.window = window;
    if (window === undefined) return;
    for (const [number, indexedPart] of parts.entries()) {
      const place = joinPlace(indexedPart, window.keys[number]);
      if (place === undefined || query.crowded?.has(number)) continue;
      if (valuePlace(indexedPart, query.literals) !== undefined) continue;
      if (!this.#buckets.put(id * MAX_PARTS + number, indexedPart, place)) continue;
      this.#buckets.take(id * MAX_PARTS + number, indexedPart, openPlace(indexedPart));
      query.byWindow ??= new Set();
      query.byWindow.add(number);
    }
  }
}

/** The rows that a change takes away and brings; undefined stands for one that it does not tell. */
function rowsOf({ operation, record, old }: RowChange): readonly (Row | undefined)[] {
  return operation === "INSERT" ? [record] : operation === "DELETE" ? [old] : [old, record];
}

/** Undefined when one of the rows is not told, as then nothing can be looked up. */
function factsOf(rows: readonly (Row | undefined)[], work: Work): readonly RowFacts[] | undefined {
  const told = rows.filter((row) => row !== undefined);
  return told.length < rows.length ? undefined : told.map((row) => work.of(row));
}

/** Counts the steps of looking these rows up in a bucket. False when all are spent. */
function look({ width }: IndexBucket, { length }: readonly unknown[], { meter }: Work): boolean {
  return meter.share(length * (STEPS_PER_BUCKET + STEPS_PER_COLUMN * width));
}
