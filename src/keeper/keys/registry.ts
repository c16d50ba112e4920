import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { FootprintIndex } from "../../postgrest/index/footprint-index.ts";
import type { IndexBucket } from "../../postgrest/index/index-bucket.ts";
import { Meter } from "../../postgrest/predicate/meter.ts";
import { Work } from "../../postgrest/predicate/work.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { Window } from "../../postgrest/verdict/window.ts";
import type { Sql } from "../ports/ports.ts";
import type { KeeperLimits } from "../ports/settings.ts";
import {
  INGEST_CHANGES,
  INGEST_STEPS,
  INGEST_STEPS_PER_CHANGE,
  WINDOW_SHARE,
} from "../protocol/constants.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { keyName } from "../protocol/names.ts";
import type { ApiReload } from "../schema/api-reload.ts";
import type { History } from "../storage/marks.ts";
import { type KeyRow, StoredKeys } from "../storage/stored-keys.ts";
import { leastInDemand, type Room, roomFor } from "./eviction.ts";
import { type KeyRecord, recordOf } from "./key-record.ts";
import { type Fitting, fittingOf } from "./key-size.ts";
import { detached, type Shape, Shapes } from "./shapes.ts";

interface RegistryPorts {
  readonly sql: Sql;
  readonly history: History;
  readonly limits: Pick<KeeperLimits, "maxKeys" | "registryBytes">;
  readonly apiReload: Pick<ApiReload, "isPending">;
}

interface Affected {
  readonly records: ReadonlySet<KeyRecord>;
  /** Relations all of whose keys are among the records. */
  readonly raised: readonly string[];
  /** Not all of them were judged: that would have taken too many steps. */
  readonly isCoarse: boolean;
  /** What judging took. */
  readonly steps: number;
}

/** What an ingest of so many changes may take, in steps. */
function stepsFor(changes: number): number {
  return INGEST_STEPS + INGEST_STEPS_PER_CHANGE * Math.min(changes, INGEST_CHANGES);
}

/**
 * The keys that the keeper knows, in SQLite and in memory, and the index that finds those a change affects. After a
 * wake a key is loaded when it is asked for, so that no fill waits; the first change loads the rest.
 */
export class Registry {
  readonly #sql: Sql;
  readonly #stored: StoredKeys;
  readonly #history: History;
  readonly #maxWindowBytes: number;
  /** So many keys; so many bytes for them and their shapes. */
  readonly #most: { readonly keys: number; readonly bytes: number };
  readonly #apiReload: Pick<ApiReload, "isPending">;
  #shapes: Shapes;
  readonly #byKey = new Map<string, KeyRecord>();
  readonly #byId = new Map<number, KeyRecord>();
  #index: FootprintIndex;
  #size: number;
  /** Of all keys, in memory or not yet, and of their shapes. */
  #bytes: number;
  #nextId: number;
  /** How many keys this storage held over the caps when it was opened: they are forgotten. */
  readonly dropped: number;

  constructor({ sql, history, limits, apiReload }: RegistryPorts) {
    this.#sql = sql;
    this.#stored = new StoredKeys(sql);
    this.#history = history;
    const { maxKeys, registryBytes } = limits;
    this.#maxWindowBytes = registryBytes * WINDOW_SHARE;
    this.#most = { keys: maxKeys, bytes: registryBytes - this.#maxWindowBytes };
    this.#apiReload = apiReload;
    this.#shapes = new Shapes(sql);
    this.#index = new FootprintIndex({ maxWindowBytes: this.#maxWindowBytes });
    this.dropped = this.#stored.dropExcess(this.#most, history);
    const { keys, bytes, last } = this.#stored.totals();
    this.#size = keys;
    this.#bytes = bytes;
    this.#nextId = last + 1;
  }

  get size(): number {
    return this.#size;
  }

  /** About how much memory all keys take, with their shapes and windows; also those not in memory yet. */
  get bytes(): number {
    return this.#bytes + this.#index.windowBytes;
  }

  get(key: string): KeyRecord | undefined {
    const known = this.#byKey.get(key);
    if (known || this.#byKey.size === this.#size) return known;
    const row = this.#stored.get(key);
    return row && this.#load(row);
  }

  /** A key by its number, if it is in memory. */
  numbered(id: number): KeyRecord | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<KeyRecord> {
    this.#loadAll();
    return this.#byKey.values();
  }

  /** The key registered next after this one; the first after the last. */
  after(id: number): KeyRecord | undefined {
    let first: KeyRecord | undefined;
    for (const record of this.all()) {
      first ??= record;
      if (record.id > id) return record;
    }
    return first;
  }

  /**
   * Whether every change of its answer is told, as of now. Nobody tells when the API begins to answer by another schema:
   * what may do so is proven by its age only.
   */
  isTold(record: KeyRecord): boolean {
    return record.watched && !this.#apiReload.isPending;
  }

  /** Whether the key is still known by this footprint. */
  holds(record: KeyRecord): boolean {
    return this.get(record.key) === record;
  }

  /**
   * The effective last invalidation. Whoever raises a relation's name notes that in the records of all keys that it
   * touches; so keys that only share the name, when many others were raised by it, cost a call and no query.
   */
  lastInvalidation(record: KeyRecord): number {
    if (!this.isTold(record)) return Number.POSITIVE_INFINITY;
    return Math.max(record.lastInvalidation, this.#history.floor);
  }

  /** By which footprint a key can be registered; undefined: it takes too much memory by any. */
  fittingOf(read: CacheableRead, footprint: Footprint): Fitting | undefined {
    return fittingOf(read, footprint, this.#index);
  }

  /**
   * Writes a new key down and indexes it, in the turn of the call. A full registry first evicts; "budget" when it has
   * nothing that it may evict.
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
    const lacking = () => this.#lacking(size.own + (known ? 0 : size.shape));
    const room = lacking();
    if (room) {
      this.evict(room, now, keep);
      // It may have gone with the last key that had it.
      known = this.#shapes.find(fitting.footprint);
      if (lacking()) return "budget";
    }
    const id = this.#nextId;
    const mark = this.#history.mark;
    const literals = JSON.stringify(fitting.footprint.literals);
    const footprint = detached(known ?? fitting.footprint, literals);
    let shape = known;
    // Indexed first: a key that is written down but cannot be found by a change must not come to be.
    this.#index.add(id, footprint);
    try {
      this.#sql.transaction(() => {
        shape ??= this.#shapes.add(footprint, size.shape);
        const { key, path, relation } = read;
        const row = { id, bytes: size.own, shape_id: shape.id, registered_at: mark };
        this.#stored.insert({ ...row, key, path, relation, literals }, stored);
      });
    } catch (error) {
      this.#index.delete(id);
      throw error;
    }
    this.#nextId = id + 1;
    this.#size++;
    this.#bytes += size.own + (known ? 0 : size.shape);
    const record = this.#remember(read, { id, footprint, shape: shape as Shape, ownBytes: size.own }, mark);
    record.lastReadAt = now;
    return record;
  }

  /** What to ask the origin for a registered key. */
  readOf(record: KeyRecord): CacheableRead | undefined {
    return this.#stored.readOf(record.id);
  }

  /**
   * The keys whose answers the changes may alter, by as many steps as a batch may take. Beyond them no key is judged any
   * more: those that a change may concern count as affected, and where even finding them takes too much, all of its
   * relation do.
   */
  affected(changes: readonly Change[], steps = stepsFor(changes.length)): Affected {
    this.#loadAll();
    const judging = new Work(new Meter({ steps }));
    const finding = new Work(new Meter({ steps }));
    const taken = new Set<IndexBucket>();
    const found = new Set<number>();
    /** Relations all of whose keys are affected. */
    const raised = new Set(changes.filter(({ kind }) => kind === "flush").map(({ relation }) => relation));
    for (const change of changes) {
      if (change.kind === "flush" || raised.has(change.relation)) continue;
      if (!judging.meter.isSpent) this.#index.affected(change, judging, found);
      if (!judging.meter.isSpent) continue;
      if (!finding.meter.isSpent) this.#index.concerned(change, finding, found, taken);
      if (finding.meter.isSpent) raised.add(change.relation);
    }
    for (const relation of raised) this.#index.affected({ kind: "flush", relation }, finding, found);
    const records = new Set<KeyRecord>();
    for (const id of found) {
      const record = this.#byId.get(id);
      if (record) records.add(record);
    }
    const spent = judging.meter.spent + finding.meter.spent;
    return { records, raised: [...raised], isCoarse: judging.meter.isSpent, steps: spent };
  }

  /** What the entry that now stands for the key shows. */
  setWindow(record: KeyRecord, window: Window): void {
    this.#index.setWindow(record.id, window);
  }

  /** By any invalidation and by every new flight: a window tells of one answer only (V3). */
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
   * Forgets the keys least in demand. An evicted key would miss later changes, so eviction
   * invalidates it: one mark for all (I11).
   */
  evict(room: Room, now: number, keep: (key: string) => boolean): void {
    const evicted = leastInDemand(this.all(), { room, now }, keep, (id) => this.#shapes.uses(id));
    if (evicted.length === 0) return;
    const unused = this.#shapes.lastUsedBy(evicted);
    this.#history.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {
      this.#stored.delete(evicted, unused);
    });
    this.#dropped(evicted, unused);
  }

  /**
   * Forgets a key of which no answer was ever given out as of a mark. Nothing of it can be stale, so nothing is
   * invalidated; whoever registers it again begins with the mark of then (P9).
   */
  forget(record: KeyRecord): void {
    if (!this.holds(record)) return;
    const { shape } = record;
    // Keys that are not in memory yet may have its shape.
    const isAllKnown = this.#byKey.size === this.#size;
    const isLast = this.#shapes.uses(shape.id) === 1 && (isAllKnown || this.#stored.isAlone(shape.id));
    const unused = isLast ? [shape] : [];
    this.#sql.transaction(() => this.#stored.delete([record], unused));
    this.#dropped([record], unused);
  }

  /** All keys are gone from the storage. Numbers are not given again: work under way may still hold them. */
  clear(): void {
    this.#byKey.clear();
    this.#byId.clear();
    this.#index = new FootprintIndex({ maxWindowBytes: this.#maxWindowBytes });
    this.#shapes = new Shapes(this.#sql);
    this.#size = 0;
    this.#bytes = 0;
  }

  /** What must go before one key more fits that takes so many bytes; null: it fits. */
  #lacking(bytes: number): Room | null {
    return roomFor({ keys: 1, bytes }, { keys: this.#size, bytes: this.#bytes }, this.#most);
  }

  /** These keys, and the shapes that none has any more, are gone from the storage. */
  #dropped(records: readonly KeyRecord[], unused: readonly Shape[]): void {
    for (const record of records) {
      this.#index.delete(record.id);
      this.#byId.delete(record.id);
      this.#byKey.delete(record.key);
      this.#shapes.release(record.shape);
      this.#bytes -= record.ownBytes;
    }
    for (const { bytes } of unused) this.#bytes -= bytes;
    this.#size -= records.length;
  }

  #loadAll(): void {
    if (this.#byKey.size === this.#size) return;
    for (const row of this.#stored.all()) if (!this.#byId.has(row.id)) this.#load(row);
  }

  #load(row: KeyRow): KeyRecord {
    const shape = this.#shapes.get(row.shape_id);
    const footprint = detached(shape, row.literals);
    this.#index.add(row.id, footprint);
    const known = { id: row.id, footprint, shape, ownBytes: row.bytes };
    const record = this.#remember(row, known, row.registered_at);
    // Which keys a name was raised for, the instance before us knew: for us it is all that stand on it (P9).
    record.lastInvalidation = Math.max(record.lastInvalidation, this.#history.bucketMark(keyName(row.key)));
    for (const name of record.relationNames) {
      record.lastInvalidation = Math.max(record.lastInvalidation, this.#history.nameMark(name));
    }
    // Answers of the instance before us may be anywhere.
    record.answered = { mark: this.#history.mark, etag: "" };
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
