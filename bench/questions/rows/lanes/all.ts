import type { Lane } from "./lane.ts";
import { rowsLane, TTL, TTL_SWR, tablesLane, tagsLane } from "./library.ts";
import { CLAIRVOYANT, UNCACHED } from "./limits.ts";

/** The bound at which the target counts. */
export const BOUND_MS = 1_000;

export const LANES: readonly Lane[] = [
  UNCACHED,
  rowsLane(BOUND_MS),
  rowsLane(10 * BOUND_MS),
  tagsLane(BOUND_MS),
  tablesLane(BOUND_MS),
  TTL,
  TTL_SWR,
  CLAIRVOYANT,
];
