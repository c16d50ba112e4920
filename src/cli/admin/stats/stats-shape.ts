import * as v from "valibot";
import { regionShape } from "../../command/deployed-shape.ts";

const count = v.number();
const counts = v.record(v.string(), v.number());
const histogram = v.array(v.object({ atMostMs: v.nullable(v.number()), count }));
const failure = v.nullable(v.object({ code: v.string(), message: v.string(), since: v.string() }));

const tableShape = v.object({
  hits: count,
  stale: count,
  misses: count,
  errors: count,
  originRequests: count,
  invalidations: count,
  bypasses: counts,
});

const shownRegion = v.object({ ...regionShape.entries, waitsBy: v.record(v.string(), histogram) });

const operationsShape = v.object({
  keeperCalls: count,
  kvReads: count,
  kvWrites: count,
  rowsRead: count,
  rowsWritten: count,
  workerRequests: count,
  originRequests: count,
});

/** What the commands show of `GET /_tidemark/stats`. What is optional, gateways tell from some version on. */
export const statsShape = v.object({
  hits: count,
  stale: count,
  misses: count,
  signedInHits: count,
  bypasses: count,
  errors: count,
  originRequests: count,
  hitRatio: v.number(),
  kvReads: count,
  kvWrites: count,
  owedKvWrites: count,
  changes: count,
  invalidations: count,
  keys: count,
  registryBytes: count,
  evictions: count,
  audits: count,
  auditDifferences: count,
  shadowReads: count,
  shadowWrong: count,
  proven: v.boolean(),
  schemaState: v.string(),
  pulling: v.nullable(
    v.object({ lastAgo: v.nullable(v.number()), failure, pruneFailure: failure, isFailing: v.boolean() }),
  ),
  lags: v.object({ pulled: histogram, learned: histogram }),
  mode: v.string(),
  since: v.pipe(v.string(), v.isoTimestamp()),
  tables: v.optional(v.record(v.string(), tableShape)),
  bypassReasons: v.optional(counts),
  details: v.optional(counts),
  waits: v.optional(histogram),
  waitsBy: v.optional(v.record(v.string(), histogram)),
  proofAges: v.optional(histogram),
  operations: v.optional(operationsShape),
  kvBudget: v.optional(v.object({ spent: count, perDay: count, resetsAt: v.string() })),
  isolates: v.optional(count),
  mirrors: v.optional(v.record(v.string(), shownRegion)),
});

/** The counters of a gateway since `since`. Durations are in milliseconds. */
export type ShownStats = v.InferOutput<typeof statsShape>;
export type ShownRegion = v.InferOutput<typeof shownRegion>;
export type ShownTable = v.InferOutput<typeof tableShape>;
export type ShownHistogram = v.InferOutput<typeof histogram>;
