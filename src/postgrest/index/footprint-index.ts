import type { Footprint } from "../footprint/footprint.ts";
import type { RowFacts } from "../predicate/row-facts.ts";
import { Work } from "../predicate/work.ts";
import type { Change, Row } from "../row/change.ts";
import { judgePart } from "../verdict/judge-part.ts";
import { unchanged } from "../verdict/same-row.ts";
import type { Window } from "../verdict/window.ts";
import { IndexBucket } from "./index-bucket.ts";
import {
  type BucketPlace,
  type IndexedPart,
  type IndexedShape,
  indexedShapeOf,
  joinPlace,
  openPlace,
  queryBytes,
  valuePlace,
} from "./indexed-shape.ts";
import { WindowBudget } from "./window-budget.ts";

interface IndexedQuery {
  readonly form: IndexedShape;
  readonly literals: readonly string[];
  window: Window | undefined;
  /** The numbers of parts that are found by what the window shows. */
  byWindow: Set<number> | undefined;
  /** Of parts that are open to every row, as there was no room for the values that would find them. */
  crowded: Set<number> | undefined;
}

type RowChange = Extract<Change, { kind: "row" }>;

/** A slot is a query's id and the number of one of its parts. No footprint has as many parts. */
const MAX_PARTS = 4_096;

/** Keys of parts that are found by several. Each takes some hundred bytes; beyond it such parts are asked each time. */
const MAX_SHARED_KEYS = 200_000;

/** What a look at a bucket, by each of its columns, and at a slot found there takes. */
const STEPS_PER_BUCKET = 30;
const STEPS_PER_COLUMN = 20;
const STEPS_PER_SLOT = 10;

/**
 * Finds, among very many registered queries, those whose answer a change may alter. Queries of one shape share all
 * but their literals, and queries of all shapes that demand values of the same columns are found by these values
 * at once. So a change costs a look per set of such columns, and a judgement per query that it comes near.
 */
export class FootprintIndex {
  readonly #queries = new Map<number, IndexedQuery>();
  readonly #shapes = new Map<string, IndexedShape>();
  readonly #buckets = new Map<string, IndexBucket>();
  /** The buckets that concern a relation. */
  readonly #byRelation = new Map<string, Map<string, IndexBucket>>();
  /** The names of relations, once each. */
  readonly #relations = new Map<string, string>();
  readonly #budget: WindowBudget;
  #judged = 0;
  #sharedKeys = 0;

  /** @param maxWindowBytes about how much memory windows may take; beyond it the oldest are dropped */
  constructor({ maxWindowBytes = 16 * 1024 * 1024 }: { readonly maxWindowBytes?: number } = {}) {
    this.#budget = new WindowBudget(maxWindowBytes);
  }

  /** How many single verdicts were spent on changes so far. */
  get judged(): number {
    return this.#judged;
  }

  /** How many shapes the queries have: each takes some kilobytes. */
  get shapes(): number {
    return this.#shapes.size;
  }

  /**
   * About how much memory a query would take in here, in bytes: of its own, without a window, and for its shape, which
   * all queries of that shape share.
   */
  weigh({ shape, literals }: Footprint): { readonly own: number; readonly shape: number } {
    const form = this.#shapes.get(shape) ?? indexedShapeOf(shape, this.#relations);
    return { own: queryBytes(form, literals), shape: form.bytes };
  }

  /** About how much memory the windows take. */
  get windowBytes(): number {
    return this.#budget.total;
  }

  get size(): number {
    return this.#queries.size;
  }

  /** Registers a query, without window; a known id is replaced. */
  add(id: number, footprint: Footprint): void {
    this.delete(id);
    const form = this.#shapes.get(footprint.shape) ?? this.#addShape(footprint.shape);
    const query: IndexedQuery = {
      form,
      literals: footprint.literals,
      window: undefined,
      byWindow: undefined,
      crowded: undefined,
    };
    this.#queries.set(id, query);
    form.count += 1;
    for (const number of form.parts.keys()) this.#place(id, query, number);
  }

  delete(id: number): void {
    const query = this.#queries.get(id);
    if (query === undefined) return;
    this.#replaceWindow(id, undefined);
    const { form } = query;
    for (const number of form.parts.keys()) this.#displace(id, query, number);
    form.count -= 1;
    this.#queries.delete(id);
    this.#budget.delete(id);
    if (form.count === 0) this.#shapes.delete(form.key);
  }

  /**
   * What the query that is now the query's showed. It must be dropped before the next flight or invalidation; the
   * index drops it sooner when windows take too much memory.
   */
  setWindow(id: number, window: Window): void {
    if (!this.#queries.has(id)) return;
    this.#replaceWindow(id, window);
    for (const oldest of this.#budget.add(id, window)) this.dropWindow(oldest);
  }

  windowOf(id: number): Window | undefined {
    return this.#queries.get(id)?.window;
  }

  dropWindow(id: number): void {
    this.#budget.delete(id);
    this.#replaceWindow(id, undefined);
  }

  /**
   * Adds the ids whose answer the change may alter. When the steps of `work` are spent on the way, some may be missing:
   * then the change is to be taken as a flush of its relation.
   */
  affected(change: Change, work: Work = new Work(), found: Set<number> = new Set()): Set<number> {
    for (const bucket of this.#byRelation.get(change.relation)?.values() ?? []) {
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
      const part = query?.form.parts[number]?.part;
      if (query === undefined || part === undefined) continue;
      this.#judged += 1;
      if (operation === "UPDATE" && old && record && unchanged(part, old, record, work)) continue;
      const rule = judgePart(part, number, query.literals, change, query.window, work);
      if (rule === undefined) found.add(id);
    }
  }

  /**
   * Adds the ids that the change may concern without judging them: a superset of those whose answer it may alter, at the
   * price of a look-up. When the steps of `work` are spent on the way, some may be missing.
   *
   * @param taken buckets whose slots that are open to every row have been added: those of one batch are the same
   */
  concerned(change: RowChange, work: Work, found: Set<number>, taken: Set<IndexBucket>): void {
    const rows = rowsOf(change);
    const facts = factsOf(rows, work);
    for (const bucket of this.#byRelation.get(change.relation)?.values() ?? []) {
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
    const form = indexedShapeOf(key, this.#relations);
    this.#shapes.set(key, form);
    return form;
  }

  #place(id: number, query: IndexedQuery, number: number): void {
    const indexedPart = query.form.parts[number];
    if (indexedPart === undefined) return;
    const place = valuePlace(indexedPart, query.literals);
    if (place !== undefined && this.#put(id, number, indexedPart, place)) return;
    if (place !== undefined) {
      query.crowded ??= new Set();
      query.crowded.add(number);
    }
    this.#put(id, number, indexedPart, openPlace(indexedPart));
  }

  #displace(id: number, query: IndexedQuery, number: number): void {
    const indexedPart = query.form.parts[number];
    if (indexedPart === undefined) return;
    const place = query.crowded?.has(number) ? undefined : valuePlace(indexedPart, query.literals);
    this.#take(id, number, indexedPart, place ?? openPlace(indexedPart));
  }

  /** False when there is no room for so many keys. */
  #put(id: number, number: number, { part }: IndexedPart, place: BucketPlace): boolean {
    const { name, by, keys } = place;
    const shared = sharedKeys(place);
    if (shared > 0 && this.#sharedKeys + shared > MAX_SHARED_KEYS) return false;
    this.#sharedKeys += shared;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new IndexBucket(by);
      this.#buckets.set(name, bucket);
      for (const relation of part.relations) {
        const buckets = this.#byRelation.get(relation) ?? new Map<string, IndexBucket>();
        this.#byRelation.set(relation, buckets.set(name, bucket));
      }
    }
    bucket.add(id * MAX_PARTS + number, keys);
    return true;
  }

  #take(id: number, number: number, { part }: IndexedPart, place: BucketPlace): void {
    const { name, keys } = place;
    this.#sharedKeys -= sharedKeys(place);
    const bucket = this.#buckets.get(name);
    bucket?.delete(id * MAX_PARTS + number, keys);
    if (!bucket?.isEmpty) return;
    this.#buckets.delete(name);
    for (const relation of part.relations) {
      const buckets = this.#byRelation.get(relation);
      buckets?.delete(name);
      if (buckets?.size === 0) this.#byRelation.delete(relation);
    }
  }

  /** Of few parts does a window tell more than their values do: those move to where its keys find them, and back. */
  #replaceWindow(id: number, window: Window | undefined): void {
    const query = this.#queries.get(id);
    if (query === undefined || query.window === window) return;
    const { parts } = query.form;
    for (const number of query.byWindow ?? []) {
      const indexedPart = parts[number];
      const place = indexedPart && joinPlace(indexedPart, query.window?.keys[number]);
      if (indexedPart === undefined || place === undefined) continue;
      this.#take(id, number, indexedPart, place);
      this.#put(id, number, indexedPart, openPlace(indexedPart));
    }
    query.byWindow = undefined;
    query.window = window;
    if (window === undefined) return;
    for (const [number, indexedPart] of parts.entries()) {
      const place = joinPlace(indexedPart, window.keys[number]);
      if (place === undefined || query.crowded?.has(number)) continue;
      if (valuePlace(indexedPart, query.literals) !== undefined) continue;
      if (!this.#put(id, number, indexedPart, place)) continue;
      this.#take(id, number, indexedPart, openPlace(indexedPart));
      query.byWindow ??= new Set();
      query.byWindow.add(number);
    }
  }
}

/** The rows that a change takes away and brings; undefined: it is not told. */
function rowsOf({ operation, record, old }: RowChange): readonly (Row | undefined)[] {
  return operation === "INSERT" ? [record] : operation === "DELETE" ? [old] : [old, record];
}

/** Undefined when one is not told: then nothing is known. */
function factsOf(rows: readonly (Row | undefined)[], work: Work): readonly RowFacts[] | undefined {
  const told = rows.filter((row) => row !== undefined);
  return told.length < rows.length ? undefined : told.map((row) => work.of(row));
}

/** Counts the steps of looking these rows up in a bucket. False: all are spent. */
function look({ width }: IndexBucket, { length }: readonly unknown[], { meter }: Work): boolean {
  return meter.share(length * (STEPS_PER_BUCKET + STEPS_PER_COLUMN * width));
}

/** What a place takes of the room for parts that are found by several keys. */
function sharedKeys({ keys = [] }: BucketPlace): number {
  return keys.length > 1 ? keys.length : 0;
}
