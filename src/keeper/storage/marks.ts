import type { Sql } from "../ports/ports.ts";
import { FENCE_BUCKETS } from "../protocol/constants.ts";
import { bucketOf } from "../protocol/names.ts";
import type { Meta } from "./meta.ts";

/** Buckets raised after some mark, side by side with their marks. */
export interface Delta {
  readonly buckets: Uint16Array;
  readonly marks: Float64Array;
}

/**
 * The keeper's position and what was last invalidated where. Every change of it is one transaction, and memory
 * follows only when that has succeeded, in the same turn (P8).
 */
export class Marks {
  readonly #sql: Sql;
  readonly #meta: Meta;
  readonly #buckets = new Float64Array(FENCE_BUCKETS);
  /** Last invalidation of names other than keys, exactly: buckets are shared, these are not. */
  readonly #names = new Map<string, number>();
  #mark: number;
  #floor: number;
  #purgedAt: number;

  constructor(sql: Sql, meta: Meta) {
    this.#sql = sql;
    this.#meta = meta;
    this.#mark = meta.number("mark") ?? 0;
    this.#floor = meta.number("floor") ?? 0;
    this.#purgedAt = meta.number("purged_at") ?? 0;
    for (const row of sql.exec<{ bucket: number; mark: number }>("SELECT bucket, mark FROM buckets")) {
      this.#buckets[row.bucket] = row.mark;
    }
    for (const row of sql.exec<{ name: string; mark: number }>("SELECT name, mark FROM names")) {
      this.#names.set(row.name, row.mark);
    }
  }

  get mark(): number {
    return this.#mark;
  }

  /** Everything marked below it is invalid, whatever its names. */
  get floor(): number {
    return this.#floor;
  }

  /** Mark of the last purge: isolates drop what they had proven before it (P11). */
  get purgedAt(): number {
    return this.#purgedAt;
  }

  /** When this key was last invalidated, as far as its bucket tells. */
  bucketMark(name: string): number {
    return this.#buckets[bucketOf(name)] ?? 0;
  }

  nameMark(name: string): number {
    return this.#names.get(name) ?? 0;
  }

  /**
   * Goes one mark up, raising what the ingest touched; returns the new mark. `inSameTransaction` writes what belongs to
   * the same transaction.
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
    for (const bucket of buckets) this.#buckets[bucket] = mark;
    for (const name of names) this.#names.set(name, mark);
    return mark;
  }

  /** Buckets raised after `since`; all that were ever raised for `since` −1. */
  delta(since: number): Delta {
    const buckets: number[] = [];
    const marks: number[] = [];
    for (let bucket = 0; bucket < FENCE_BUCKETS; bucket++) {
      const mark = this.#buckets[bucket] ?? 0;
      if (mark > since && mark > 0) {
        buckets.push(bucket);
        marks.push(mark);
      }
    }
    return { buckets: Uint16Array.from(buckets), marks: Float64Array.from(marks) };
  }
}

/** What one ingest raises. */
export interface Raise {
  /** Names of keys: they live in buckets only. */
  readonly keyNames?: readonly string[];
  /** Names of relations: kept exactly as well. */
  readonly names?: readonly string[];
  readonly everything?: boolean;
  readonly purge?: boolean;
}
