import type { Meter } from "../predicate/meter.ts";
import type { Work } from "../predicate/work.ts";
import type { Row } from "../row/change.ts";
import type { Part, ShapeKeys } from "../shape/shape.ts";
import { joinKey } from "./join-key.ts";
import type { Window } from "./window.ts";

/** Whether a part's row certainly joins no row that the answer shows. */
export function joinsNothing(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const key = keyOf(part.join, window.keys[number], row, work);
  return key === null || (key !== undefined && !isAmong(window.keys[number], key, work.meter));
}

/** Whether a part's row certainly joins a row that the answer shows. */
export function joinsShown(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const key = keyOf(part.join, window.keys[number], row, work);
  return key !== null && key !== undefined && isAmong(window.keys[number], key, work.meter);
}

/** Whether the answer certainly does not show this row. */
export function isNotShown(part: Part, number: number, window: Window, row: Row, work: Work): boolean {
  const key = keyOf(part.shown, window.shown[number], row, work);
  return key !== undefined && key !== null && !isAmong(window.shown[number], key, work.meter);
}

/** What reading a key column costs, and looking through a list, for each key in it. */
const STEPS_PER_KEY_COLUMN = 60;
const STEPS_PER_KEY_SHOWN = 1;

function keyOf(
  keys: ShapeKeys | undefined,
  shown: readonly string[] | undefined,
  row: Row,
  work: Work,
): string | null | undefined {
  if (keys === undefined || shown === undefined) return undefined;
  return work.meter.spend(STEPS_PER_KEY_COLUMN * keys.columns.length)
    ? joinKey(keys.columns, keys.types, work.of(row))
    : undefined;
}

/** Out of steps the verdict does not count, so it does not matter what this says. */
function isAmong(shown: readonly string[] | undefined, key: string, meter: Meter): boolean {
  const list = shown ?? [];
  return meter.spend(STEPS_PER_KEY_SHOWN * list.length + key.length) && list.includes(key);
}
