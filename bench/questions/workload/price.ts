import type { LaneFigures } from "./lane.ts";

const MONTH_S = 30 * 86_400;
const DAY_S = 86_400;

/**
 * Cloudflare's paid plan in November 2026: KV by docs/design/platform.md, the rest by docs/costs.md
 * (developers.cloudflare.com/workers/platform/pricing, …/durable-objects/platform/pricing). Per million, and millions
 * included a month.
 */
const PAID = {
  workerRequests: { dollars: 0.3, included: 10 },
  objectRequests: { dollars: 0.15, included: 1 },
  objectRowsWritten: { dollars: 1, included: 50 },
  kvReads: { dollars: 0.5, included: 10 },
  kvWrites: { dollars: 5, included: 1 },
} as const;

/** The free plan's limits a day. */
export const FREE = {
  workerRequests: 100_000,
  objectRequests: 100_000,
  objectRowsWritten: 100_000,
  kvReads: 100_000,
  kvWrites: 1_000,
} as const;

export type Billed = keyof typeof FREE;

/** `limits.kvWritesPerDay`: the keeper writes to KV no more often, whatever it owes. */
const KEEPER_KV_WRITES_PER_DAY = 900;

/** What is billed in this many seconds at this lane's rate. */
function billed(lane: LaneFigures, seconds: number): Record<Billed, number> {
  const { counts, hasWorker, reads } = lane;
  const scale = seconds / lane.seconds;
  const isKeeper = counts.syncs + counts.fills + counts.told > 0;
  const kvWrites = counts.kvWrites * scale;
  return {
    workerRequests: hasWorker ? reads * scale : 0,
    objectRequests: (counts.syncs + counts.fills + counts.told + counts.alarms) * scale,
    objectRowsWritten: counts.rowsWritten * scale,
    kvReads: counts.kvReads * scale,
    kvWrites: isKeeper ? Math.min(kvWrites, (KEEPER_KV_WRITES_PER_DAY * seconds) / DAY_S) : kvWrites,
  };
}

/**
 * Dollars a month above the plan's own five. A keeper that never sleeps takes 331,776 GB-s of the 400,000 that are
 * included.
 */
export function dollarsAMonth(lane: LaneFigures): number {
  const month = billed(lane, MONTH_S);
  return (Object.keys(PAID) as Billed[]).reduce((sum, what) => {
    const { dollars, included } = PAID[what];
    return sum + Math.max(0, month[what] / 1e6 - included) * dollars;
  }, 0);
}

/** Operations a day. */
export function aDay(lane: LaneFigures): Record<Billed, number> {
  return billed(lane, DAY_S);
}
