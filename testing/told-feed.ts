import type { Feed } from "../src/keeper/ports/ports.ts";

/** A feed for a keeper that is told of every change at once, so that its ingest is the commit. */
export const TOLD_FEED: Feed = {
  proven: false,
  asOf: () => Number.POSITIVE_INFINITY,
  reach: async () => false,
  alone: async () => {},
  nudge: () => {},
  forget: () => {},
};
