import type { LoadResult } from "../../harness/load/order.ts";
import { CASE_NAMES, type CaseName, limitOf } from "./cases.ts";
import type { Round, Slice } from "./measure.ts";
import { type Spread, spread, spreadOrNull } from "./spread.ts";

interface CaseFigures {
  readonly requestsPerSecond: Spread;
  /** CPU time of workerd per request, all threads; null where the system does not tell. */
  readonly cpuMicroseconds: Spread | null;
  /** Requests/s against those of the constant Worker in the same round, with as many connections. */
  readonly ofConstant: Spread;
  /** By the keeper's own count, what one read cost it. */
  readonly syncsPerRead: number;
  readonly fillsPerRead: number;
  /** Answers checked, and how many of them were not the expected ones. */
  readonly checked: number;
  readonly wrong: number;
  readonly firstWrong: string | null;
  /** The load generator's share of a CPU: near 1, the generator was the limit. */
  readonly generatorShare: number;
}

export interface Ratio {
  readonly of: CaseName;
  readonly to: CaseName;
  readonly requestsPerSecond: Spread;
  /** The same by CPU time per request, which other work on the machine disturbs less. */
  readonly byCpu: Spread | null;
  readonly target: number | null;
  readonly met: boolean | null;
}

export interface Figures {
  readonly kilobytes: number;
  readonly cases: Readonly<Record<CaseName, CaseFigures>>;
  readonly ratios: readonly Ratio[];
}

/** The targets are meant for this size. */
export const TARGET_KILOBYTES = 20;

const RATIOS = [
  { of: "memory", to: "map", target: 0.95 },
  { of: "memory", to: "mapReading", target: null },
  { of: "memory", to: "tutorial", target: 3 },
  { of: "kv", to: "bareKv", target: 0.95 },
  { of: "kv", to: "tutorial", target: 1 },
  { of: "notModified", to: "memory", target: null },
  { of: "head", to: "memory", target: null },
  { of: "syncShared", to: "memory", target: null },
  { of: "fill", to: "memory", target: null },
  { of: "sync", to: "constantAlone", target: null },
] as const satisfies readonly { of: CaseName; to: CaseName; target: number | null }[];

export function figuresOf(kilobytes: number, rounds: readonly Round[]): Figures {
  const cases = CASE_NAMES.map((name): [CaseName, CaseFigures] => [name, caseFigures(name, rounds)]);
  return {
    kilobytes,
    cases: Object.fromEntries(cases) as Record<CaseName, CaseFigures>,
    ratios: RATIOS.map(({ of, to, target }): Ratio => {
      const requestsPerSecond = spread(rounds.map((round) => rateOf(round[of]) / rateOf(round[to])));
      const aim = kilobytes === TARGET_KILOBYTES ? target : null;
      return {
        of,
        to,
        requestsPerSecond,
        byCpu: spreadOrNull(rounds.map((round) => quotient(cpuOf(round[to]), cpuOf(round[of])))),
        target: aim,
        met: aim === null ? null : requestsPerSecond.median >= aim,
      };
    }),
  };
}

function caseFigures(name: CaseName, rounds: readonly Round[]): CaseFigures {
  const results = rounds.map((round) => round[name]);
  const sum = (of: (result: Slice) => number) => results.reduce((total, result) => total + of(result), 0);
  const checked = sum((result) => result.checked);
  return {
    requestsPerSecond: spread(results.map(rateOf)),
    cpuMicroseconds: spreadOrNull(results.map(cpuOf)),
    ofConstant: spread(rounds.map((round) => rateOf(round[name]) / rateOf(round[limitOf(name)]))),
    syncsPerRead: sum(({ keeper }) => keeper.syncs) / checked,
    fillsPerRead: sum(({ keeper }) => keeper.fills) / checked,
    checked,
    wrong: sum((result) => result.wrong),
    firstWrong: results.find(({ firstWrong }) => firstWrong !== null)?.firstWrong ?? null,
    generatorShare: spread(results.map(({ generatorShare }) => generatorShare)).median,
  };
}

/** requests/s */
export function rateOf({ answers, elapsedMs }: LoadResult): number {
  return (answers / elapsedMs) * 1_000;
}

/** µs per request */
export function cpuOf({ answers, serverCpuMs }: LoadResult): number | null {
  return serverCpuMs === null ? null : (serverCpuMs / answers) * 1_000;
}

export function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null ? null : dividend / divisor;
}
