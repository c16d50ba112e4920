import type { Sql } from "../ports/ports.ts";
import { FENCE_BUCKETS } from "../protocol/constants.ts";
import { bucketOf } from "../protocol/names.ts";
import { BucketMarks, type Delta } from "./bucket-marks.ts";
import type { Meta } from "./meta.ts";

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
  #mark: number;
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
    return mark;
  }

  /** The buckets raised after `since`; for −1, all that were ever raised. */
  delta(since: number): Delta {
    return this.#buckets.since(since);
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
