import type { Change } from "../postgrest/change.ts";
import type { Footprint } from "../postgrest/footprint.ts";
import { FootprintIndex } from "../postgrest/footprint-index.ts";
import type { Window } from "../postgrest/window.ts";
import type { ApiReload } from "./api-reload.ts";
import { EVICTION_SHARE } from "./constants.ts";
import type { History } from "./history.ts";
import type { KeyRecord } from "./key-record.ts";
import type { CacheableRead } from "./messages.ts";
import { keyName, relationName } from "./names.ts";
import type { Sql } from "./ports.ts";
import { Shapes } from "./shapes.ts";

type KeyRow = {
  id: number;
  key: string;
  path: string;
  relation: string;
  registered_at: number;
  shape_id: number;
  literals: string;
};

const COLUMNS = "id, key, path, relation, registered_at, shape_id, literals";

interface RegistryPorts {
  readonly sql: Sql;
  readonly history: History;
  readonly maxKeys: number;
  readonly apiReload: Pick<ApiReload, "isPending">;
}

/**
 * The keys that the keeper knows, in SQLite and in memory, and the index that finds those a change affects. After a
 * wake a key is loaded when it is asked for, so that no fill waits; the first change loads the rest.
 */
export class Registry {
  readonly #sql: Sql;
  readonly #history: History;
  readonly #maxKeys: number;
  readonly #apiReload: Pick<ApiReload, "isPending">;
  #shapes: Shapes;
  readonly #byKey = new Map<string, KeyRecord>();
  readonly #byId = new Map<number, KeyRecord>();
  #index = new FootprintIndex();
  #size: number;
  #nextId: number;

  constructor({ sql, history, maxKeys, apiReload }: RegistryPorts) {
    this.#sql = sql;
    this.#history = history;
    this.#maxKeys = maxKeys;
    this.#apiReload = apiReload;
    this.#shapes = new Shapes(sql);
    const [row] = sql.exec<{ size: number; last: number | null }>(
      "SELECT count(*) AS size, max(id) AS last FROM keys",
    );
    this.#size = row?.size ?? 0;
    this.#nextId = (row?.last ?? 0) + 1;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): KeyRecord | undefined {
    const known = this.#byKey.get(key);
    if (known || this.#byKey.size === this.#size) return known;
    const [row] = this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM keys WHERE key = ?`, key);
    return row && this.#load(row);
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

  /**
   * Writes a new key down and indexes it, in the turn of the call. A full registry first evicts; null when it has
   * nothing that it may evict.
   */
  register(
    read: CacheableRead,
    footprint: Footprint,
    now: number,
    keep: (key: string) => boolean,
  ): KeyRecord | null {
    if (this.#size >= this.#maxKeys) this.evict(Math.ceil(this.#maxKeys * EVICTION_SHARE), keep);
    if (this.#size >= this.#maxKeys) return null;
    const id = this.#nextId;
    const mark = this.#history.mark;
    // Indexed first: a key that is written down but cannot be found by a change must not come to be.
    this.#index.add(id, footprint);
    try {
      this.#sql.exec(
        `INSERT INTO keys (${COLUMNS}, read) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        read.key,
        read.path,
        read.relation,
        mark,
        this.#shapes.idOf(footprint),
        JSON.stringify(footprint.literals),
        JSON.stringify(read),
      );
    } catch (error) {
      this.#index.delete(id);
      throw error;
    }
    this.#nextId = id + 1;
    this.#size++;
    const record = this.#remember({ ...read, id, footprint }, mark);
    record.lastReadAt = now;
    return record;
  }

  /** What to ask the origin for a registered key. */
  readOf(record: KeyRecord): CacheableRead | undefined {
    const [row] = this.#sql.exec<{ read: string }>("SELECT read FROM keys WHERE id = ?", record.id);
    return row && (JSON.parse(row.read) as CacheableRead);
  }

  affected(changes: readonly Change[]): Set<KeyRecord> {
    this.#loadAll();
    const records = new Set<KeyRecord>();
    for (const change of changes) {
      for (const id of this.#index.affected(change)) {
        const record = this.#byId.get(id);
        if (record) records.add(record);
      }
    }
    return records;
  }

  /** What the entry that now stands for the key shows. */
  setWindow(record: KeyRecord, window: Window): void {
    this.#index.setWindow(record.id, window);
  }

  /** By any invalidation and by every new flight: a window tells of one answer only (DESIGN, *Verdicts*). */
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
   * Forgets the keys least in demand, once-asked ones first. An evicted key would miss later changes, so eviction
   * invalidates it: one mark for all (DESIGN, invariant 11).
   */
  evict(count: number, keep: (key: string) => boolean): KeyRecord[] {
    const evicted = [...this.all()]
      .filter((record) => !keep(record.key))
      .sort((a, b) => Number(a.reads > 1) - Number(b.reads > 1) || a.lastReadAt - b.lastReadAt)
      .slice(0, count);
    if (evicted.length === 0) return evicted;
    let unused: ReturnType<Shapes["deleteUnused"]> = [];
    this.#history.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {
      for (const record of evicted) {
        this.#sql.exec("DELETE FROM keys WHERE id = ?", record.id);
        this.#sql.exec("DELETE FROM owed WHERE key_id = ?", record.id);
      }
      unused = this.#shapes.deleteUnused();
    });
    this.#shapes.forget(unused);
    for (const record of evicted) {
      this.#index.delete(record.id);
      this.#byId.delete(record.id);
      this.#byKey.delete(record.key);
    }
    this.#size -= evicted.length;
    return evicted;
  }

  /** All keys are gone from the storage. Numbers are not given again: work under way may still hold them. */
  clear(): void {
    this.#byKey.clear();
    this.#byId.clear();
    this.#index = new FootprintIndex();
    this.#shapes = new Shapes(this.#sql);
    this.#size = 0;
  }

  #loadAll(): void {
    if (this.#byKey.size === this.#size) return;
    for (const row of this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM keys ORDER BY id`)) {
      if (!this.#byId.has(row.id)) this.#load(row);
    }
  }

  #load(row: KeyRow): KeyRecord {
    const footprint = this.#shapes.footprint(row.shape_id, JSON.parse(row.literals) as string[]);
    this.#index.add(row.id, footprint);
    const record = this.#remember({ ...row, footprint }, row.registered_at);
    // Which keys a name was raised for, the instance before us knew: for us it is all that stand on it (rule 9).
    record.lastInvalidation = Math.max(record.lastInvalidation, this.#history.bucketMark(keyName(row.key)));
    for (const name of record.relationNames) {
      record.lastInvalidation = Math.max(record.lastInvalidation, this.#history.nameMark(name));
    }
    // Answers of the instance before us may be anywhere.
    record.answered = { mark: this.#history.mark, etag: "" };
    return record;
  }

  #remember(
    known: Pick<KeyRecord, "id" | "key" | "path" | "relation" | "footprint">,
    lastInvalidation: number,
  ): KeyRecord {
    const { id, key, path, relation, footprint } = known;
    const record: KeyRecord = {
      id,
      key,
      path,
      relation,
      footprint,
      relations: footprint.relations,
      relationNames: footprint.relations.map(relationName),
      watched: footprint.caveats.length === 0,
      lastInvalidation,
      answered: null,
      reads: 0,
      fills: 0,
      readSinceFill: false,
      lastReadAt: 0,
      lastFillBegan: Number.NEGATIVE_INFINITY,
      lastPutAt: Number.NEGATIVE_INFINITY,
      offeredFill: null,
      status: null,
      bytes: null,
    };
    this.#byKey.set(key, record);
    this.#byId.set(id, record);
    return record;
  }
}
