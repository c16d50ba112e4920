import type { Load } from "../load/load.ts";
import type { LoadResult } from "../load/order.ts";
import { CASE_NAMES, CASES, type CaseName, type Cases } from "./cases.ts";

export interface Effort {
  readonly rounds: number;
  /** Load that counts, per case and round. */
  readonly sliceMs: number;
  readonly warmUpMs: number;
  readonly connections: number;
}

/** Every case once, one after the other: what is compared was measured within seconds. */
export type Round = Readonly<Record<CaseName, LoadResult>>;

/** Load at the begin of a slice that is not counted: caches of the processor, connections, the previous case's rest. */
const LEAD_IN_MS = 100;

/**
 * The cases in turn, round after round; every second round backwards, so that a machine that slows down favours
 * nobody. A ratio is only ever taken inside a round.
 */
export async function measure(
  cases: Cases,
  effort: Effort,
  load: Load,
  server: { urlOf: (worker: string) => string; pid: number | null },
  progress: (text: string) => void,
): Promise<Round[]> {
  const slice = (name: CaseName, countedMs: number) => {
    const { hostname, port } = new URL(server.urlOf(CASES[name].worker));
    return load.run({
      host: hostname,
      port: Number(port),
      requests: cases[name],
      connections: effort.connections,
      leadInMs: LEAD_IN_MS,
      countedMs,
      serverPid: server.pid,
    });
  };
  progress("warming up");
  for (const name of CASE_NAMES) await slice(name, effort.warmUpMs);

  const rounds: Round[] = [];
  for (let index = 0; index < effort.rounds; index++) {
    progress(`round ${index + 1} of ${effort.rounds}`);
    const results = new Map<CaseName, LoadResult>();
    const order = index % 2 === 0 ? CASE_NAMES : CASE_NAMES.toReversed();
    for (const name of order) results.set(name, await slice(name, effort.sliceMs));
    rounds.push(Object.fromEntries(CASE_NAMES.map((name) => [name, results.get(name)])) as unknown as Round);
  }
  return rounds;
}
