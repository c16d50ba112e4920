import type { Child } from "../../harness/load/child.ts";
import { inTurns } from "../../harness/load/in-turns.ts";
import { type LoadOrder, type LoadResult, serverAt } from "../../harness/load/order.ts";
import { CASE_NAMES, CASES, type CaseName, type Cases, connectionsOf } from "./cases.ts";
import type { KeeperCounts } from "./keeper-counts.ts";

export interface Effort {
  readonly rounds: number;
  /** Load that counts, per case and round. */
  readonly sliceMs: number;
  readonly warmUpMs: number;
  readonly connections: number;
}

/** With what the keeper did for all answers of the slice, the checked ones. */
export interface Slice extends LoadResult {
  readonly keeper: KeeperCounts;
}

/** Every case once, one after the other, so that compared cases are measured within seconds. */
export type Round = Readonly<Record<CaseName, Slice>>;

export interface Server {
  readonly urlOf: (worker: string) => string;
  readonly pid: number | null;
  readonly keeperCounts: () => Promise<KeeperCounts>;
}

/** Uncounted load at the begin of a slice, for processor caches, connections and the rest of the previous case. */
const LEAD_IN_MS = 100;

/** The cases in turn. Ratios are taken only within a round. */
export async function measure(
  cases: Cases,
  effort: Effort,
  load: Child<LoadOrder, LoadResult>,
  server: Server,
  progress: (text: string) => void,
): Promise<Round[]> {
  const slice = async (name: CaseName, countedMs: number): Promise<Slice> => {
    const before = await server.keeperCounts();
    const result = await load.ask({
      ...serverAt(server.urlOf(CASES[name].worker)),
      requests: cases[name],
      connections: connectionsOf(name, effort.connections),
      leadInMs: LEAD_IN_MS,
      countedMs,
      serverPid: server.pid,
    });
    const { syncs, fills } = await server.keeperCounts();
    return { ...result, keeper: { syncs: syncs - before.syncs, fills: fills - before.fills } };
  };
  progress("warming up");
  for (const name of CASE_NAMES) await slice(name, effort.warmUpMs);

  return inTurns(CASE_NAMES, effort.rounds, (name) => slice(name, effort.sliceMs), progress);
}
