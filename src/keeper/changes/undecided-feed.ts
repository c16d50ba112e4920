import type { Feed } from "../ports/ports.ts";

/** Until the database says whether it captures changes, nothing can be proven. */
export const UNDECIDED_FEED: Feed = {
  proven: false,
  asOf: () => Number.NEGATIVE_INFINITY,
  reach: () => Promise.reject(new Error("the database has not described itself yet")),
  nudge: () => {},
  forget: () => {},
};
