import type { RowMap } from "../../rows/row-map.ts";
import type { Sql } from "../ports/ports.ts";
import { FENCE_BUCKETS } from "../protocol/constants.ts";
import { bucketOf } from "../protocol/names.ts";
import { BucketMarks } from "./bucket-marks.ts";
import { type Delta, DeltaCache } from "./delta-cache.ts";
import type { Meta } from "./meta.ts";
import { RowMarks } from "./row-marks.ts";

/**
 * The keeper's mark, and the mark at which each name was last invalidated. Every change is one transaction; memory
 * follows in the same turn, only once that has succeeded (P8).
 */
export class Marks {
  readonly #sql: Sql;
  readonly #meta: Meta;
  readonly #buckets = new BucketMarks();
  /** The last invalidation of names other than keys. Unlike buckets, it is exact. */
  readonly #names = new Map<string, number>();
  readonly #deltas = new DeltaCache();
  #mark: number;
  #rows: RowMarks | null = null;
  #floor: number;
  #purgedAt: number;

  constructor(sql: Sql, meta: Meta) {
    this.#sql = sql;
    this.#meta = meta;
    this.#mark = meta.number("mark") ?? 0;
    this.#floor = meta.number("floor") ?? 0;
    this.#purgedAt = meta.number("purged_at") ?? 0;
    const raised = sql.exec<{ bucket: number; mark: number }>(
      "SELECT bucket, mark FROM buckets ORDER BY mark",
    );
    for (const { bucket, mark } of raised) this.#buckets.raise(bucket, mark);
    for (const row of sql.exec<{ name: string; mark: number }>("SELECT name, mark FROM names")) {
      this.#names.set(row.name, row.mark);
    }
  }

  get mark(): number {
    return this.#mark;
  }

  /** Called in each turn that raises the mark. */
  onRaise: () => void = () => {};

  /** Every answer with a lower mark is invalid, whatever its names. */
  get floor(): number {
    return this.#floor;
  }

  /** Mark of the last purge: isolates drop what they had proven before it (P11). */
  get purgedAt(): number {
    return this.#purgedAt;
  }

  /** The mark at which any of these names was last raised: the key's as far as its bucket tells, the others exactly. */
  lastRaised(keyName: string, relationNames: readonly string[]): number {
    let last = this.#buckets.get(bucketOf(keyName));
    for (const name of relationNames) last = Math.max(last, this.#names.get(name) ?? 0);
    return last;
  }

  /**
   * Raises what an ingest touched to the next mark, and returns that mark.
   *
   * @param inSameTransaction writes what must be stored together with it, or not at all
   */
  raise(raised: Raise, inSameTransaction: () => void = () => {}): number {
    const mark = this.#mark + 1;
    const names = raised.names ?? [];
    const buckets = new Set([...(raised.keyNames ?? []), ...names].map(bucketOf));
    this.#sql.transaction(() => {
      this.#meta.set("mark", mark);
      if (raised.everything) this.#meta.set("floor", mark);
      if (raised.purge) this.#meta.set("purged_at", mark);
      for (const bucket of buckets) {
        // Nothing of personal keys is stored: the next instance raises all of them at once (S9).
        if (bucket >= FENCE_BUCKETS) continue;
        this.#sql.exec("INSERT OR REPLACE INTO buckets (bucket, mark) VALUES (?, ?)", bucket, mark);
      }
      for (const name of names) {
        this.#sql.exec("INSERT OR REPLACE INTO names (name, mark) VALUES (?, ?)", name, mark);
      }
      inSameTransaction();
    });
    this.#mark = mark;
    if (raised.everything) this.#floor = mark;
    if (raised.purge) this.#purgedAt = mark;
    for (const bucket of buckets) this.#buckets.raise(bucket, mark);
    for (const name of names) this.#names.set(name, mark);
    this.onRaise();
    return mark;
  }

  /** From now on rows are told apart by this map; those of the storage are of the same. Undefined: they are not. */
  follow(map: RowMap | undefined): void {
    this.#rows = map === undefined ? null : new RowMarks(this.#sql, map);
    this.#deltas.clear();
  }

  /**
   * Raises names of rows to the next mark. Only the mark is stored, and what it was raised for is in memory: see `writeRows`.
   * A superseded instance must not raise anything: a mark of its own says nothing beside those of the next one, whose
   * entries have higher ones.
   *
   * @throws when the storage does not take it; then nothing is raised
   */
  raiseRows(names: Iterable<string>): void {
    const mark = this.#mark + 1;
    this.#meta.set("mark", mark);
    this.#mark = mark;
    this.#rows?.raise(names, mark);
    this.onRaise();
  }

  /** Stores what was raised of rows; in the caller's transaction. When that has succeeded: `rowsWritten`. */
  writeRows(): void {
    this.#rows?.write();
  }

  rowsWritten(): void {
    this.#rows?.written();
  }

  /** What was raised after `since`; for −1, all that ever was. Others get the same object. */
  delta(since: number): Delta {
    return this.#deltas.get(since, this.#mark, () => this.#deltaSince(since));
  }

  #deltaSince(since: number): Delta {
    const raised = this.#buckets.since(since);
    return {
      buckets: Uint16Array.from(raised, ({ bucket }) => bucket),
      marks: Float64Array.from(raised, ({ mark }) => mark),
      ...(this.#rows && { rows: this.#rows.since(since) }),
    };
  }
}

/** What one ingest raises. */
interface Raise {
  /** Names of keys, kept in buckets only. */
  readonly keyNames?: readonly string[];
  /** Names of relations, also kept exactly. */
  readonly names?: readonly string[];
  readonly everything?: boolean;
  readonly purge?: boolean;
}
