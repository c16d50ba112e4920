import type { RowMap } from "../../rows/row-map.ts";
import { RowSlots } from "../../rows/row-name.ts";
import type { Sql } from "../ports/ports.ts";
import type { RowDelta } from "../protocol/sync.ts";
import { BucketMarks } from "./bucket-marks.ts";

/** Slots in a page of the storage: 8 KB. A page is one row, however many of its slots were raised (R9). */
const PAGE_SLOTS = 1_024;

/**
 * The mark at which each slot of rows was last raised, in memory, and what of it is to be stored. A row of storage for each
 * name would cost $730 a month at 300 names a second, so pages of slots are written behind. What a crash loses, the next
 * instance pulls again.
 */
export class RowMarks {
  readonly #sql: Sql;
  readonly #map: RowMap;
  readonly #slots: RowSlots;
  readonly #marks: BucketMarks;
  readonly #unwritten = new Set<number>();

  constructor(sql: Sql, map: RowMap) {
    this.#sql = sql;
    this.#map = map;
    this.#slots = new RowSlots(map);
    this.#marks = new BucketMarks(this.#slots.count);
    for (const [slot, mark] of this.#stored()) this.#marks.raise(slot, mark);
  }

  /** @param mark no lower than any before */
  raise(names: Iterable<string>, mark: number): void {
    const slots = new Set<number>();
    for (const name of names) {
      const slot = this.#slots.of(name);
      if (slot !== undefined) slots.add(slot);
    }
    for (const slot of slots) {
      this.#marks.raise(slot, mark);
      this.#unwritten.add(Math.floor(slot / PAGE_SLOTS));
    }
  }

  /** What was raised after a mark; for −1, all that ever was, and what it refers to. */
  since(mark: number): RowDelta {
    const raised = this.#marks.since(mark);
    return {
      ...(mark < 0 && { map: this.#map }),
      slots: Uint32Array.from(raised, ({ bucket }) => bucket),
      marks: Float64Array.from(raised, ({ mark: raisedTo }) => raisedTo),
    };
  }

  /** Writes the pages that differ from what is stored; in the caller's transaction. */
  write(): void {
    for (const page of this.#unwritten) {
      const marks = Float64Array.from({ length: PAGE_SLOTS }, (_, at) =>
        this.#marks.get(page * PAGE_SLOTS + at),
      );
      this.#sql.exec("INSERT OR REPLACE INTO row_pages (page, marks) VALUES (?, ?)", page, marks.buffer);
    }
  }

  /** That transaction has succeeded. */
  written(): void {
    this.#unwritten.clear();
  }

  /** In the order of the marks. */
  #stored(): readonly (readonly [slot: number, mark: number])[] {
    const pages = this.#sql.exec<{ page: number; marks: ArrayBuffer }>("SELECT page, marks FROM row_pages");
    const raised = pages.flatMap(({ page, marks }) =>
      Array.from(new Float64Array(marks), (mark, at) => [page * PAGE_SLOTS + at, mark] as const).filter(
        ([, mark]) => mark > 0,
      ),
    );
    return raised.sort(([, one], [, other]) => one - other);
  }
}
