import * as v from "valibot";

/** What the commands look at of `GET /_tidemark/config`. A gateway before mirrors tells nothing of them. */
export const deployedShape = v.object({
  tables: v.record(v.string(), v.object({ freshnessMs: v.number() })),
  mirrors: v.optional(v.nullable(v.object({ perRegion: v.number() })), null),
  issues: v.optional(v.array(v.object({ path: v.string(), fix: v.string() })), []),
});

export type ShownDeployment = v.InferOutput<typeof deployedShape>;

/** What `GET /_tidemark/stats` counts of the mirrors of one region. */
export const regionShape = v.object({
  mirrors: v.number(),
  answered: v.number(),
  failed: v.number(),
  leftAlone: v.number(),
  keeperCalls: v.number(),
});
