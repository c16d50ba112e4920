import { PROOF_AGE_CLASSES, WAIT_CLASSES } from "../../protocol/classes.ts";
import type { Counts, HistogramCounts, UsageReport } from "../../protocol/statistics.ts";

const NOTHING: Counts = {
  ...{ hits: 0, stale: 0, misses: 0, signedInHits: 0, bypasses: 0, errors: 0 },
  ...{ originRequests: 0, kvReads: 0, shadowReads: 0, shadowWrong: 0 },
};

const ENDS: Readonly<Partial<Record<keyof Counts, string>>> = {
  hits: "hit:memory",
  stale: "stale:revalidating",
  misses: "miss:uri-miss",
  bypasses: "bypass:cookie",
  errors: "error:timeout",
};

/** What an isolate reports that has answered so many reads of a table, each without a wait. */
export function reported(counts: Partial<Counts>, table = "public.articles"): UsageReport {
  const ends = Object.entries(ENDS).map(([name, end]) => [end, counts[name as keyof Counts] ?? 0] as const);
  const reads = ends.reduce((sum, [, count]) => sum + count, 0);
  const classes = ({ length }: readonly number[]): HistogramCounts => ({
    counts: Array.from({ length: length + 1 }, (_, at) => (at === 0 ? reads : 0)),
    sumMs: 0,
  });
  return {
    counts: { ...NOTHING, ...counts },
    keysRead: [],
    detailed: {
      isolate: "one",
      workerRequests: reads,
      tables: { [table]: Object.fromEntries(ends.filter(([, count]) => count > 0)) },
      waits: classes(WAIT_CLASSES),
      proofAges: classes(PROOF_AGE_CLASSES),
    },
  };
}
