import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { FootprintIndex } from "../../postgrest/index/footprint-index.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { Window } from "../../postgrest/verdict/window.ts";
import type { Sql } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { keyName } from "../protocol/names.ts";
import type { Marks } from "../storage/marks.ts";
import type { KeyRow, KeyRows } from "../storage/stored-keys.ts";
import type { ShapeRows } from "../storage/stored-shapes.ts";
import { type Affected, recordsOf } from "./affected.ts";
import { affectedKeys } from "./affected-keys.ts";
import { type Amount, leastInDemand, roomFor } from "./eviction.ts";
import { type KeyRecord, recordOf } from "./key-record.ts";
import { type Fitting, fittingOf } from "./key-size.ts";
import { detached, type ShapeRecord, Shapes } from "./shapes.ts";

/** The share of the registry's memory that windows may take; keys and shapes have the rest. */
const WINDOW_SHARE = 0.25;

interface ShelfPorts {
  /** Where keys and shapes outlive this instance, if they do. */
  readonly rows: KeyRows;
  readonly shapes: ShapeRows;
  /** All or nothing, as for `Sql`. */
  readonly transaction: Sql["transaction"];
  readonly marks: Marks;
  /** The caps on keys, and on the bytes of keys, shapes and windows together. */
  readonly most: Amount;
}

/**
 * Keys that the keeper knows, in storage and in memory, and the index that finds those a change affects. After a restart
 * a key is loaded when it is asked for, so that no fill waits; the first change loads the rest.
 */
export class KeyShelf {
  readonly #ports: ShelfPorts;
  readonly #stored: KeyRows;
  readonly #marks: Marks;
  readonly #maxWindowBytes: number;
  /** The caps: on keys, and on the bytes of keys and their shapes together. */
  readonly #most: Amount;
  #shapes: Shapes;
  readonly #byKey = new Map<string, KeyRecord>();
  readonly #byId = new Map<number, KeyRecord>();
  #index: FootprintIndex;
  #size: number;
  /** Bytes of all keys and their shapes, in memory or not. */
  #bytes: number;
  #nextId: number;
  /** How many keys over the caps were forgotten when this storage was opened. */
  readonly dropped: number;

  constructor(ports: ShelfPorts) {
    const { rows, marks, most } = ports;
    this.#ports = ports;
    this.#stored = rows;
    this.#marks = marks;
    this.#maxWindowBytes = most.bytes * WINDOW_SHARE;
    this.#most = { keys: most.keys, bytes: most.bytes - this.#maxWindowBytes };
    this.#shapes = new Shapes(ports.shapes);
    this.#index = new FootprintIndex({ maxWindowBytes: this.#maxWindowBytes });
    this.dropped = this.#stored.dropExcess(this.#most, marks);
    const { keys, bytes, last } = this.#stored.totals();
    this.#size = keys;
    this.#bytes = bytes;
    this.#nextId = last + 1;
  }

  get size(): number {
    return this.#size;
  }

  /** About how many bytes of memory all keys take with their shapes and windows, including keys not loaded yet. */
  get bytes(): number {
    return this.#bytes + this.#index.windowBytes;
  }

  get(key: string): KeyRecord | undefined {
    const known = this.#byKey.get(key);
    if (known || this.#byKey.size === this.#size) return known;
    const row = this.#stored.get(key);
    return row && this.#load(row);
  }

  /** A key by its number. Undefined: it is not in memory. */
  numbered(id: number): KeyRecord | undefined {
    return this.#byId.get(id);
  }

  /** In the order of their registration. */
  all(): Iterable<KeyRecord> {
    this.#loadAll();
    return this.#byKey.values();
  }

  /** Whether this record is still the key's own, rather than forgotten or replaced. */
  holds(record: KeyRecord): boolean {
    return this.get(record.key) === record;
  }

  /** The footprint that a key can be registered by. Undefined: by any, it would take too much memory. */
  fittingOf(read: CacheableRead, footprint: Footprint): Fitting | undefined {
    return fittingOf(read, footprint, this.#index);
  }

  /**
   * Indexes a new key, in the turn of the call; `write` stores it. A full registry evicts other keys first.
   *
   * @param keep whether a key must not be evicted
   * @returns the new record; "budget" when too little may be evicted
   */
  register(
    read: CacheableRead,
    given: Footprint,
    now: number,
    keep: (key: string) => boolean,
  ): KeyRecord | "key-too-large" | "budget" {
    const fitting = this.fittingOf(read, given);
    if (fitting === undefined) return "key-too-large";
    const { size, stored } = fitting;
    let known = this.#shapes.find(fitting.footprint);
    const lacking = () => {
      const more = { keys: 1, bytes: size.own + (known ? 0 : size.shape) };
      return roomFor(more, { keys: this.#size, bytes: this.#bytes }, this.#most);
    };
    const room = lacking();
    if (room) {
      this.evict(room, now, keep);
      // The shape may have been evicted with its last key.
      known = this.#shapes.find(fitting.footprint);
      if (lacking()) return "budget";
    }
    const id = this.#nextId;
    const mark = this.#marks.mark;
    const literals = JSON.stringify(fitting.footprint.literals);
    const footprint = detached(known ?? fitting.footprint, literals);
    const shape = known ?? this.#shapes.add(footprint, size.shape);
    // Indexed first: a key that no change can find must never exist.
    this.#index.add(id, footprint);
    const { key, path, relation } = read;
    const row = { id, bytes: size.own, shape_id: shape.id, registered_at: mark };
    this.#stored.insert({ ...row, key, path, relation, literals }, stored);
    this.#nextId = id + 1;
    this.#size++;
    this.#bytes += size.own + (known ? 0 : size.shape);
    const record = this.#remember(read, { id, footprint, shape, ownBytes: size.own }, mark);
    record.lastReadAt = now;
    return record;
  }

  /**
   * Stores the keys that are not stored yet; before the first answer of any of them is given out (P7).
   *
   * @throws when the storage does not take them
   */
  write(): void {
    this.#stored.write();
  }

  /** What to ask the origin for a registered key. Undefined: the key is gone. */
  readOf(record: KeyRecord): CacheableRead | undefined {
    return this.#stored.readOf(record.id);
  }

  /** The keys whose answers the changes may alter, found in at most this many steps: see `affectedKeys`. */
  affected(changes: readonly Change[], steps: number): Affected {
    this.#loadAll();
    const { ids, brought, ...rest } = affectedKeys(this.#index, changes, steps);
    return { ...recordsOf(ids, brought, this.#byId), ...rest };
  }

  windowIn(record: KeyRecord, body: string, contentRange?: string): Window | undefined {
    return this.#index.windowIn(record.id, body, contentRange);
  }

  /** The window that the key's current entry shows. */
  setWindow(record: KeyRecord, window: Window): void {
    this.#index.setWindow(record.id, window);
  }

  /** Every invalidation and every new flight drops the window, which describes one answer only (V3). */
  dropWindow(record: KeyRecord): void {
    this.#index.dropWindow(record.id);
  }

  dropWindows(): void {
    for (const record of this.#byKey.values()) this.dropWindow(record);
  }

  windowOf(record: KeyRecord): Window | undefined {
    return this.#index.windowOf(record.id);
  }

  /**
   * Forgets the keys least in demand. An evicted key would miss later changes, so eviction invalidates it: one mark for
   * all (I11).
   */
  evict(room: Amount, now: number, keep: (key: string) => boolean): void {
    const evicted = leastInDemand(this.all(), { room, now }, keep, (id) => this.#shapes.uses(id));
    if (evicted.length === 0) return;
    const unused = this.#shapes.lastUsedBy(evicted);
    this.#marks.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {
      this.#stored.delete(evicted, unused);
    });
    this.#dropped(evicted, unused);
  }

  /**
   * Forgets a key without an answer that was given out as of a mark. Nothing of it can be stale, so nothing is
   * invalidated; if it is registered again, it starts with the mark of that time (P9).
   */
  forget(record: KeyRecord): void {
    if (!this.holds(record)) return;
    const { shape } = record;
    // Keys that are not loaded yet may share its shape.
    const isAllKnown = this.#byKey.size === this.#size;
    const isLast = this.#shapes.uses(shape.id) === 1 && (isAllKnown || this.#stored.isAlone(record, shape));
    const unused = isLast ? [shape] : [];
    this.#ports.transaction(() => this.#stored.delete([record], unused));
    this.#dropped([record], unused);
  }

  /** All keys were deleted from storage. Their numbers are never given again: work under way may still hold them. */
  clear(): void {
    this.#stored.clear();
    this.#byKey.clear();
    this.#byId.clear();
    this.#index = new FootprintIndex({ maxWindowBytes: this.#maxWindowBytes });
    this.#shapes = new Shapes(this.#ports.shapes);
    this.#size = 0;
    this.#bytes = 0;
  }

  /** These keys, and the shapes without keys, were deleted from storage. */
  #dropped(records: readonly KeyRecord[], unused: readonly ShapeRecord[]): void {
    for (const record of records) {
      this.#index.delete(record.id);
      this.#byId.delete(record.id);
      this.#byKey.delete(record.key);
      this.#shapes.release(record.shape);
      this.#bytes -= record.ownBytes;
    }
    for (const { bytes } of unused) this.#bytes -= bytes;
    this.#stored.forgotten(records, unused);
    this.#size -= records.length;
  }

  #loadAll(): void {
    if (this.#byKey.size === this.#size) return;
    for (const row of this.#stored.all()) {
      const early = this.#byId.get(row.id);
      // A key that was asked for before takes its place in the order again.
      if (early && this.#byKey.delete(early.key)) this.#byKey.set(early.key, early);
      else this.#load(row);
    }
  }

  #load(row: KeyRow): KeyRecord {
    const shape = this.#shapes.get(row.shape_id);
    const footprint = detached(shape, row.literals);
    this.#index.add(row.id, footprint);
    const known = { id: row.id, footprint, shape, ownBytes: row.bytes };
    const record = this.#remember(row, known, row.registered_at);
    // Only the previous instance knew which keys a name was raised for: here it counts for all that depend on it (P9).
    const raised = this.#marks.lastRaised(keyName(row.key), record.relationNames);
    record.lastInvalidation = Math.max(record.lastInvalidation, raised);
    // Answers of the previous instance may be anywhere.
    record.answered = { mark: this.#marks.mark, etag: "" };
    return record;
  }

  #remember(
    read: Pick<KeyRecord, "key" | "path" | "relation">,
    known: Pick<KeyRecord, "id" | "footprint" | "shape" | "ownBytes">,
    lastInvalidation: number,
  ): KeyRecord {
    const record = recordOf(read, known, lastInvalidation);
    this.#byKey.set(record.key, record);
    this.#byId.set(known.id, record);
    this.#shapes.use(known.shape);
    return record;
  }
}
