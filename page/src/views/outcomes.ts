import type { AnsweredAs } from "../../../src/keeper/protocol/read-ends.ts";
import type { Outcome } from "../figures/rates.ts";

/** The same outcomes in the singular, as durations are counted by them. */
export const ANSWERED_AS: Readonly<Record<Outcome, AnsweredAs>> = {
  hits: "hit",
  stale: "stale",
  misses: "miss",
  bypasses: "bypass",
  errors: "error",
};

/** Each outcome of a read: its name, its colour of the palette, and what it means. */
export const OUTCOME_NAMES: Readonly<
  Record<Outcome, readonly [name: string, colour: string, meaning: string]>
> = {
  hits: ["Hits", "hit", "from the cache, with proof"],
  stale: ["Stale", "stale", "older, but inside what its table allows; refilled or checked behind"],
  misses: ["Misses", "miss", "filled from the database for the next reader"],
  bypasses: ["Bypasses", "bypass", "by the database without the cache, for a named reason"],
  errors: ["Errors", "error", "the database did not answer"],
};
