import type { RowDelta } from "../keeper/protocol/sync.ts";
import type { RowMap } from "../rows/row-map.ts";
import { RowSlots } from "../rows/row-name.ts";

/** What an isolate knows of rows: for each of their slots, when it was last raised. */
export class RowFence {
  readonly map: RowMap;
  readonly #slots: RowSlots;
  /** Half a megabyte: made when there is something to tell. */
  #marks: Float64Array | null = null;

  constructor(map: RowMap) {
    this.map = map;
    this.#slots = new RowSlots(map);
  }

  /** Answers may arrive out of order, so the higher mark stands, element by element. */
  raise({ slots, marks: raised }: RowDelta): void {
    if (slots.length === 0) return;
    this.#marks ??= new Float64Array(this.#slots.count);
    const marks = this.#marks;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] as number;
      marks[slot] = Math.max(marks[slot] as number, raised[index] as number);
    }
  }

  /** What was raised after a mark; for −1, all that ever was, and what it refers to. */
  since(mark: number): RowDelta {
    const raised: number[] = [];
    this.#marks?.forEach((raisedTo, slot) => {
      if (raisedTo > Math.max(mark, 0)) raised.push(slot);
    });
    return {
      ...(mark < 0 && { map: this.map }),
      slots: Uint32Array.from(raised),
      marks: Float64Array.from(raised, (slot) => this.#marks?.[slot] ?? 0),
    };
  }

  /** Whether none of these names was raised after the mark. Of a table that is not in the map nothing is known. */
  accepts(names: readonly string[], mark: number): boolean {
    return names.every((name) => {
      const slot = this.#slots.of(name);
      return slot !== undefined && mark >= (this.#marks?.[slot] ?? 0);
    });
  }
}
