/** What a policy uses, besides the readers' own requests. */
export interface Counts {
  originRequests: number;
  /** Of these, questions who shows a token. */
  whoamis: number;
  kvReads: number;
  kvWrites: number;
  /** Calls of the keeper, by kind. */
  syncs: number;
  fills: number;
  audiences: number;
  /** Calls of mirrors by isolates; what mirrors ask of the keeper is among the keeper's. */
  mirrorCalls: number;
  /** Calls of mirrors by the keeper. */
  nudges: number;
  /** Changes reported to the keeper, and alarms, which are calls of the Durable Object, too. */
  told: number;
  alarms: number;
  pulls: number;
  /** Rows written to the keeper's SQLite. */
  rowsWritten: number;
}

export function noCounts(): Counts {
  return {
    originRequests: 0,
    whoamis: 0,
    kvReads: 0,
    kvWrites: 0,
    syncs: 0,
    fills: 0,
    audiences: 0,
    mirrorCalls: 0,
    nudges: 0,
    told: 0,
    alarms: 0,
    pulls: 0,
    rowsWritten: 0,
  };
}

export function since(now: Counts, before: Counts): Counts {
  const counts = { ...now };
  for (const name of Object.keys(counts) as (keyof Counts)[]) counts[name] -= before[name];
  return counts;
}
