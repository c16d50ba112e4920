import type { KeyRows } from "../storage/stored-keys.ts";
import type { ShapeRows } from "../storage/stored-shapes.ts";

/** Numbers of personal keys begin here, beyond any number that a stored key ever has. */
export const FIRST_PERSONAL_ID = 2 ** 40;

/**
 * In the place of rows, for keys that must be in no storage: personal ones (S9). Nothing is kept here; what the registry
 * has in memory is all there is.
 */
export const NO_KEY_ROWS: KeyRows = {
  totals: () => ({ keys: 0, bytes: 0, last: FIRST_PERSONAL_ID }),
  get: () => undefined,
  all: () => [],
  insert: () => {},
  // Nobody asks again for a personal key but its readers, who bring the read.
  readOf: () => undefined,
  delete: () => {},
  forgotten: () => {},
  isAlone: () => true,
  dropExcess: () => 0,
  write: () => {},
  clear: () => {},
};

/** The same for their shapes, which are numbered for the time of one instance. */
export function noShapeRows(): ShapeRows {
  let last = 0;
  return { get: () => undefined, find: () => undefined, add: () => ++last };
}
