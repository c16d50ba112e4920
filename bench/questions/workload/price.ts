import { PRICES } from "../../../src/cost/prices.ts";
import type { LaneFigures } from "./lane.ts";

const MONTH_S = 30 * 86_400;
const DAY_S = 86_400;

/** What is billed of a lane. Not its duration: even a keeper that never sleeps stays within what the paid plan includes. */
const BILLED = {
  workerRequests: PRICES.workerRequests,
  objectRequests: PRICES.keeperCalls,
  objectRowsWritten: PRICES.rowsWritten,
  kvReads: PRICES.kvReads,
  kvWrites: PRICES.kvWrites,
} as const;

export type Billed = keyof typeof BILLED;

/** The free plan's limit a day. */
export function freeADay(what: Billed): number {
  return BILLED[what].freePerDay;
}

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
    objectRequests: callsOf(counts) * scale,
    objectRowsWritten: counts.rowsWritten * scale,
    kvReads: counts.kvReads * scale,
    kvWrites: isKeeper ? Math.min(kvWrites, (KEEPER_KV_WRITES_PER_DAY * seconds) / DAY_S) : kvWrites,
  };
}

/** Calls of Durable Objects, the keeper's and the mirrors'. */
export function callsOf({ syncs, fills, told, alarms, mirrorCalls, nudges }: LaneFigures["counts"]): number {
  return syncs + fills + told + alarms + mirrorCalls + nudges;
}

/** Dollars a month above the plan's own five. */
export function dollarsAMonth(lane: LaneFigures): number {
  const month = billed(lane, MONTH_S);
  return (Object.keys(BILLED) as Billed[]).reduce((sum, what) => {
    const { dollarsPerMillion, includedPerMonth } = BILLED[what];
    return sum + (Math.max(0, month[what] - includedPerMonth) / 1e6) * dollarsPerMillion;
  }, 0);
}

/** Operations a day. */
export function aDay(lane: LaneFigures): Record<Billed, number> {
  return billed(lane, DAY_S);
}
