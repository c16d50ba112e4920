import type { LoadResult } from "../../../harness/load/order.ts";
import { type Spread, spread, spreadOrNull } from "../spread.ts";
import { CASE_NAMES, CASES, type CaseName } from "./requests.ts";

/** Every case once, within seconds. */
export type Round = Readonly<Record<CaseName, LoadResult>>;

interface CaseFigures {
  readonly name: CaseName;
  readonly requestsPerSecond: Spread;
  /** CPU time of workerd per request, all threads; null where the system does not tell. */
  readonly cpuMicroseconds: Spread | null;
  /** Against anonymous hits of the same round: by requests/s, and by CPU time a request. */
  readonly ofAnonymous: Spread;
  readonly ofAnonymousByCpu: Spread | null;
  /** By CPU where the system tells; null for what needs to meet none. */
  readonly met: boolean | null;
  readonly checked: number;
  readonly wrong: number;
  readonly firstWrong: string | null;
}

export interface Comparison {
  readonly cases: readonly CaseFigures[];
}

/** Of issue 14: a signed-in hit ÷ an anonymous one. */
export const TARGET = 0.9;

export function comparisonOf(rounds: readonly Round[]): Comparison {
  return { cases: CASE_NAMES.map((name) => caseFigures(name, rounds)) };
}

function caseFigures(name: CaseName, rounds: readonly Round[]): CaseFigures {
  const results = rounds.map((round) => round[name]);
  const ofAnonymous = spread(rounds.map((round) => rate(round[name]) / rate(round.anonymous)));
  const ofAnonymousByCpu = spreadOrNull(
    rounds.map((round) => {
      const [own, anonymous] = [cpu(round[name]), cpu(round.anonymous)];
      return own === null || anonymous === null ? null : anonymous / own;
    }),
  );
  return {
    ...{ name, ofAnonymous, ofAnonymousByCpu },
    requestsPerSecond: spread(results.map(rate)),
    cpuMicroseconds: spreadOrNull(results.map(cpu)),
    met:
      CASES[name].users === 0 || CASES[name].padded
        ? null
        : (ofAnonymousByCpu ?? ofAnonymous).median >= TARGET,
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    wrong: results.reduce((sum, { wrong }) => sum + wrong, 0),
    firstWrong: results.find(({ firstWrong }) => firstWrong !== null)?.firstWrong ?? null,
  };
}

/** requests/s */
function rate({ answers, elapsedMs }: LoadResult): number {
  return (answers / elapsedMs) * 1_000;
}

/** µs per request */
function cpu({ answers, serverCpuMs }: LoadResult): number | null {
  return serverCpuMs === null ? null : (serverCpuMs / answers) * 1_000;
}
