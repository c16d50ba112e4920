import * as v from "valibot";

const statsShape = v.object({ byAgeForMs: v.optional(v.number(), 0) });

/** For how many milliseconds more answers count by their age only, by an answer of `GET /_tidemark/stats`. 0 where it does not say. */
export function byAgeForMsIn(stats: unknown): number {
  const read = v.safeParse(statsShape, stats);
  return read.success ? read.output.byAgeForMs : 0;
}
