import type { Change } from "../postgrest/change.ts";
import { FootprintIndex } from "../postgrest/footprint-index.ts";
import { EVICTION_SHARE } from "./constants.ts";
import type { History } from "./history.ts";
import type { CacheableRead } from "./messages.ts";
import { keyName, relationName } from "./names.ts";
import type { Sql } from "./ports.ts";

/** A registered key: what the keeper must remember so that no change misses it, and some demand. */
export interface KeyRecord {
  readonly id: number;
  readonly key: string;
  readonly path: string;
  /** The configured table that the read asks for. */
  readonly relation: string;
  /** Names of all relations of the footprint. */
  readonly relationNames: readonly string[];
  /** Mark of the key's own last invalidation; its registration counts as one (PROTOCOL, rule 9). */
  lastInvalidation: number;
  /** Reads that isolates reported or asked for. */
  reads: number;
  fills: number;
  readSinceFill: boolean;
  /** Times on the keeper's clock, in memory only (PROTOCOL, rule 3). */
  lastReadAt: number;
  lastFillBegan: number;
  lastPutAt: number;
  /** `filledAt` of the body last offered to KV. */
  offeredFill: number | null;
  status: number | null;
  bytes: number | null;
}

/** The keys that the keeper knows, in SQLite and in memory, and the index that finds those a change affects. */
export class Registry {
  readonly #sql: Sql;
  readonly #history: History;
  readonly #maxKeys: number;
  readonly #byKey = new Map<string, KeyRecord>();
  readonly #byId = new Map<number, KeyRecord>();
  readonly #index = new FootprintIndex();
  #nextId: number;

  constructor(sql: Sql, history: History, maxKeys: number) {
    this.#sql = sql;
    this.#history = history;
    this.#maxKeys = maxKeys;
    let lastId = 0;
    const rows = sql.exec<{ id: number; registered_at: number; read: string }>(
      "SELECT id, registered_at, read FROM keys ORDER BY id",
    );
    for (const row of rows) {
      const read = JSON.parse(row.read) as CacheableRead;
      this.#index.add(row.id, read.footprint);
      this.#remember(row.id, read, Math.max(row.registered_at, history.bucketMark(keyName(read.key))));
      lastId = row.id;
    }
    this.#nextId = lastId + 1;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): KeyRecord | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<KeyRecord> {
    return this.#byKey.values();
  }

  /** The effective last invalidation: the maximum over all the names that the key stands on. */
  lastInvalidation(record: KeyRecord): number {
    let last = Math.max(record.lastInvalidation, this.#history.floor);
    for (const name of record.relationNames) last = Math.max(last, this.#history.nameMark(name));
    return last;
  }

  /**
   * Writes a new key down and indexes it, in the turn of the call. A full registry first evicts; null when it has
   * nothing that it may evict.
   */
  register(read: CacheableRead, now: number, keep: (key: string) => boolean): KeyRecord | null {
    if (this.#byKey.size >= this.#maxKeys) this.evict(Math.ceil(this.#maxKeys * EVICTION_SHARE), keep);
    if (this.#byKey.size >= this.#maxKeys) return null;
    const id = this.#nextId;
    const mark = this.#history.mark;
    // Indexed first: a key that is written down but cannot be found by a change must not come to be.
    this.#index.add(id, read.footprint);
    try {
      this.#sql.exec(
        "INSERT INTO keys (id, key, registered_at, read) VALUES (?, ?, ?, ?)",
        id,
        read.key,
        mark,
        JSON.stringify(read),
      );
    } catch (error) {
      this.#index.delete(id);
      throw error;
    }
    this.#nextId = id + 1;
    const record = this.#remember(id, read, mark);
    record.lastReadAt = now;
    return record;
  }

  /** What to ask the origin for a registered key. */
  readOf(record: KeyRecord): CacheableRead | undefined {
    const [row] = this.#sql.exec<{ read: string }>("SELECT read FROM keys WHERE id = ?", record.id);
    return row && (JSON.parse(row.read) as CacheableRead);
  }

  affected(changes: readonly Change[]): Set<KeyRecord> {
    const records = new Set<KeyRecord>();
    for (const change of changes) {
      for (const id of this.#index.affected(change)) {
        const record = this.#byId.get(id);
        if (record) records.add(record);
      }
    }
    return records;
  }

  /**
   * Forgets the keys least in demand, once-asked ones first. An evicted key would miss later changes, so eviction
   * invalidates it: one mark for all (DESIGN, invariant 11).
   */
  evict(count: number, keep: (key: string) => boolean): KeyRecord[] {
    const evicted = [...this.#byKey.values()]
      .filter((record) => !keep(record.key))
      .sort((a, b) => Number(a.reads > 1) - Number(b.reads > 1) || a.lastReadAt - b.lastReadAt)
      .slice(0, count);
    if (evicted.length === 0) return evicted;
    this.#history.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {
      for (const record of evicted) {
        this.#sql.exec("DELETE FROM keys WHERE id = ?", record.id);
        this.#sql.exec("DELETE FROM owed WHERE key_id = ?", record.id);
      }
    });
    for (const record of evicted) {
      this.#index.delete(record.id);
      this.#byId.delete(record.id);
      this.#byKey.delete(record.key);
    }
    return evicted;
  }

  #remember(id: number, read: CacheableRead, lastInvalidation: number): KeyRecord {
    const record: KeyRecord = {
      id,
      key: read.key,
      path: read.path,
      relation: read.relation,
      relationNames: read.footprint.relations.map(relationName),
      lastInvalidation,
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
    this.#byKey.set(read.key, record);
    this.#byId.set(id, record);
    return record;
  }
}
