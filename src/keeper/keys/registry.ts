import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { Window } from "../../postgrest/verdict/window.ts";
import type { Sql } from "../ports/ports.ts";
import type { KeeperLimits } from "../ports/settings.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { isPersonalKey } from "../protocol/names.ts";
import type { ApiReload } from "../schema/api-reload.ts";
import type { Marks } from "../storage/marks.ts";
import type { Meta } from "../storage/meta.ts";
import { StoredKeys } from "../storage/stored-keys.ts";
import { StoredShapes } from "../storage/stored-shapes.ts";
import type { Affected } from "./affected.ts";
import { stepsFor } from "./affected-keys.ts";
import type { Amount } from "./eviction.ts";
import type { KeyRecord } from "./key-record.ts";
import { KeyShelf } from "./key-shelf.ts";
import type { Fitting } from "./key-size.ts";
import { forgetPersonalKeys, PERSONAL_SHARE, rememberPersonalKeys } from "./personal-keys.ts";
import { FIRST_PERSONAL_ID, NO_KEY_ROWS, noShapeRows } from "./unstored.ts";

/** What of an ingest's steps is left for personal keys at least, whatever the others take. */
const PERSONAL_STEPS_SHARE = 0.25;

interface RegistryPorts {
  readonly sql: Sql;
  readonly meta: Meta;
  readonly marks: Marks;
  readonly limits: Pick<KeeperLimits, "maxKeys" | "registryBytes">;
  readonly apiReload: Pick<ApiReload, "isPending">;
  /** Whether reads of those who sign in are cached. If so, personal keys have a share of the caps to themselves. */
  readonly signedIn: boolean;
}

/**
 * The keys that the keeper knows. Personal ones are in memory only and have a budget of their own: however many there
 * are, they displace no other, and forgetting them refuses no other answer (S9).
 */
export class Registry {
  readonly #meta: Meta;
  readonly #marks: Marks;
  readonly #apiReload: RegistryPorts["apiReload"];
  readonly #stored: KeyShelf;
  readonly #personal: KeyShelf;
  #hasPersonal = false;

  constructor({ sql, meta, marks, limits, apiReload, signedIn }: RegistryPorts) {
    this.#meta = meta;
    this.#marks = marks;
    this.#apiReload = apiReload;
    const share = signedIn ? PERSONAL_SHARE : 0;
    const all: Amount = { keys: limits.maxKeys, bytes: limits.registryBytes };
    const personal: Amount = { keys: Math.floor(all.keys * share), bytes: all.bytes * share };
    forgetPersonalKeys(meta, marks);
    const shapes = new StoredShapes(sql);
    this.#stored = new KeyShelf({
      ...{ rows: new StoredKeys(sql, shapes), shapes, marks },
      transaction: (body) => sql.transaction(body),
      most: { keys: all.keys - personal.keys, bytes: all.bytes - personal.bytes },
    });
    this.#personal = new KeyShelf({
      ...{ rows: NO_KEY_ROWS, shapes: noShapeRows(), marks, most: personal },
      transaction: (body) => body(),
    });
  }

  /** How many keys over the caps were forgotten when this storage was opened. */
  get dropped(): number {
    return this.#stored.dropped;
  }

  get size(): number {
    return this.#stored.size + this.#personal.size;
  }

  get personalSize(): number {
    return this.#personal.size;
  }

  /** About how many bytes of memory all keys take with their shapes and windows, including keys not loaded yet. */
  get bytes(): number {
    return this.#stored.bytes + this.#personal.bytes;
  }

  get(key: string): KeyRecord | undefined {
    return this.#shelfOf(key).get(key);
  }

  /** A key by its number. Undefined: it is not in memory. */
  numbered(id: number): KeyRecord | undefined {
    return this.#stored.numbered(id) ?? this.#personal.numbered(id);
  }

  /** In the order of their registration, personal ones last. */
  *all(): Iterable<KeyRecord> {
    yield* this.#stored.all();
    yield* this.#personal.all();
  }

  /** All but personal keys, in the order of their registration. */
  listed(): Iterable<KeyRecord> {
    return this.#stored.all();
  }

  /** Whether the keeper hears of every change of the key's answer: not while the API may answer by another schema. */
  isTold(record: KeyRecord): boolean {
    return record.watched && !this.#apiReload.isPending;
  }

  /** Whether this record is still the key's own, rather than forgotten or replaced. */
  holds(record: KeyRecord): boolean {
    return this.get(record.key) === record;
  }

  /**
   * The mark of the key's last invalidation, by any of its names; infinite while answers count by their age only. An ingest
   * that raises a relation's name also notes it in the records of the keys it affects, so a key that only shares the name
   * costs a call here, not a query.
   */
  lastInvalidation(record: KeyRecord): number {
    return this.isTold(record) ? this.lastRaise(record) : Number.POSITIVE_INFINITY;
  }

  /** The same for answers from before a change of the schema, which isolates go on accepting. */
  lastRaise(record: KeyRecord): number {
    return record.watched ? Math.max(record.lastInvalidation, this.#marks.floor) : Number.POSITIVE_INFINITY;
  }

  /** The footprint that a key can be registered by. Undefined: by any, it would take too much memory. */
  fittingOf(read: CacheableRead, footprint: Footprint): Fitting | undefined {
    return this.#shelfOf(read.key).fittingOf(read, footprint);
  }

  /** Registers a new key, in the turn of the call: see `KeyShelf`. */
  register(
    read: CacheableRead,
    given: Footprint,
    now: number,
    keep: (key: string) => boolean,
  ): KeyRecord | "key-too-large" | "budget" {
    if (isPersonalKey(read.key) && !this.#hasPersonal) {
      rememberPersonalKeys(this.#meta);
      this.#hasPersonal = true;
    }
    return this.#shelfOf(read.key).register(read, given, now, keep);
  }

  /** Stores the keys that are not stored yet: see `KeyShelf`. */
  write(): void {
    this.#stored.write();
  }

  /** What to ask the origin for a registered key. Undefined: the key is gone, or only its readers know. */
  readOf(record: KeyRecord): CacheableRead | undefined {
    return this.#holderOf(record).readOf(record);
  }

  /** The keys whose answers the changes may alter, found in about this many steps: see `affectedKeys`. */
  affected(changes: readonly Change[], steps = stepsFor(changes.length)): Affected {
    const stored = this.#stored.affected(changes, steps);
    if (this.#personal.size === 0) return stored;
    const left = Math.max(steps * PERSONAL_STEPS_SHARE, steps - stored.steps);
    const personal = this.#personal.affected(changes, left);
    return {
      records: new Set([...stored.records, ...personal.records]),
      // Where personal keys took too long to judge they are raised one by one: a relation's name is everybody's.
      raised: stored.raised,
      touched: [...stored.touched, ...personal.touched],
      isCoarse: stored.isCoarse || personal.isCoarse,
      steps: stored.steps + personal.steps,
    };
  }

  /** What an answer of the key shows: see `windowOf`. */
  windowIn(record: KeyRecord, body: string, contentRange?: string): Window | undefined {
    return this.#holderOf(record).windowIn(record, body, contentRange);
  }

  /** The window that the key's current entry shows. */
  setWindow(record: KeyRecord, window: Window): void {
    this.#holderOf(record).setWindow(record, window);
  }

  /** Every invalidation and every new flight drops the window, which describes one answer only (V3). */
  dropWindow(record: KeyRecord): void {
    this.#holderOf(record).dropWindow(record);
  }

  dropWindows(): void {
    this.#stored.dropWindows();
    this.#personal.dropWindows();
  }

  windowOf(record: KeyRecord): Window | undefined {
    return this.#holderOf(record).windowOf(record);
  }

  /** Forgets a key without an answer that was given out as of a mark: see `KeyShelf`. */
  forget(record: KeyRecord): void {
    this.#holderOf(record).forget(record);
  }

  /** All keys were deleted from storage. */
  clear(): void {
    this.#stored.clear();
    this.#personal.clear();
  }

  #shelfOf(key: string): KeyShelf {
    return isPersonalKey(key) ? this.#personal : this.#stored;
  }

  #holderOf({ id }: KeyRecord): KeyShelf {
    return id > FIRST_PERSONAL_ID ? this.#personal : this.#stored;
  }
}
