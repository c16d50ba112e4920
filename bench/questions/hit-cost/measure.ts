import type { Child } from "../../harness/load/child.ts";
import type { LoadOrder, LoadResult } from "../../harness/load/order.ts";
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

/**
 * The cases in turn, round after round; every second round backwards, so that a machine that slows down favours
 * no case. Ratios are taken only within a round.
 */
export async function measure(
  cases: Cases,
  effort: Effort,
  load: Child<LoadOrder, LoadResult>,
  server: Server,
  progress: (text: string) => void,
): Promise<Round[]> {
  const slice = async (name: CaseName, countedMs: number): Promise<Slice> => {
    const { hostname, port } = new URL(server.urlOf(CASES[name].worker));
    const before = await server.keeperCounts();
    const result = await load.ask({
      host: hostname,
      port: Number(port),
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

  const rounds: Round[] = [];
  for (let index = 0; index < effort.rounds; index++) {
    progress(`round ${index + 1} of ${effort.rounds}`);
    const results = new Map<CaseName, Slice>();
    const order = index % 2 === 0 ? CASE_NAMES : CASE_NAMES.toReversed();
    for (const name of order) results.set(name, await slice(name, effort.sliceMs));
    rounds.push(Object.fromEntries(CASE_NAMES.map((name) => [name, results.get(name)])) as unknown as Round);
  }
  return rounds;
}
