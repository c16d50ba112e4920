import type { Histogram } from "../../../keeper/protocol/detailed-statistics.ts";
import type { Stats } from "../../../keeper/protocol/statistics.ts";

const classes = (...counts: readonly number[]): Histogram =>
  counts.map((count, at) => ({ atMostMs: at === counts.length - 1 ? null : 10 ** at, count }));

const COUNTERS = {
  ...{ hits: 6, stale: 1, misses: 2, signedInHits: 0, bypasses: 3, errors: 1 },
  ...{ originRequests: 5, kvReads: 2, shadowReads: 0, shadowWrong: 0, kvWrites: 1, kvWriteFailures: 0 },
  ...{ fills: 2, stillGood: 0, changes: 4, coarseIngests: 0, invalidations: 3, syncs: 5, pulls: 4 },
  ...{ flushes: 0, audits: 9, auditDifferences: 1, auditRight: 8, evictions: 0 },
};

/** The statistics of a site on which everything has happened once. */
export const STATS: Stats = {
  ...COUNTERS,
  tables: {
    "public.articles": {
      ...{ hits: 6, stale: 1, misses: 2, signedInHits: 0, errors: 1, originRequests: 3, invalidations: 3 },
      bypasses: { cookie: 1 },
      outcomes: { "hit:memory": 6, "stale:revalidating": 1, "miss:uri-miss": 2, "error:timeout": 1 },
    },
    other: {
      ...{ hits: 0, stale: 0, misses: 0, signedInHits: 0, errors: 0, originRequests: 2, invalidations: 0 },
      bypasses: { "table-not-configured": 2 },
      outcomes: {},
    },
  },
  bypassReasons: { cookie: 1, "table-not-configured": 2 },
  details: { memory: 6, revalidating: 1, "uri-miss": 2, timeout: 1 },
  waits: classes(10, 2, 1),
  waitsBy: {
    ...{
      hit: classes(6),
      stale: classes(1),
      miss: classes(0, 2, 0),
      bypass: classes(3),
      error: classes(0, 0, 1),
    },
  },
  proofAges: classes(3, 3, 3),
  lags: { pulled: classes(0, 4), learned: classes(1, 3) },
  sumsMs: {
    ...{ waits: 1_234, proofAges: 567, pulled: 89, learned: 0 },
    waitsBy: { hit: 4, stale: 0, miss: 200, bypass: 30, error: 1_000 },
  },
  operations: {
    ...{ keeperCalls: 11, kvReads: 2, kvWrites: 1, rowsRead: 70, rowsWritten: 20, workerRequests: 30 },
    originRequests: 5,
  },
  kvBudget: { spent: 1, perDay: 1_000, resetsAt: "2026-08-02T00:00:00.000Z" },
  isolates: 2,
  mirrors: {
    weur: {
      ...{ mirrors: 2, answered: 40, failed: 3, leftAlone: 5, keeperCalls: 6 },
      ...{ waitsBy: { hit: classes(4), miss: classes(0, 2, 0) }, sumsMs: { hit: 3, miss: 150 } },
    },
    oc: {
      ...{ mirrors: 0, answered: 1, failed: 0, leftAlone: 0, keeperCalls: 1, waitsBy: {}, sumsMs: {} },
    },
  },
  findings: [],
  proven: true,
  schemaKnown: true,
  schemaState: "known",
  pulling: null,
  byAgeForMs: 0,
  keys: 12,
  audiences: { identities: 0, personalKeys: 0, differing: [] },
  registryBytes: 34_567,
  owedKvWrites: 0,
  hitRatio: 7 / 13,
  since: "2026-08-01T00:00:00.000Z",
  mode: "shadow",
  position: { generation: "g", mark: 7 },
};
