import type { LoadResult } from "../load/order.ts";
import { CASE_NAMES, type CaseName } from "./cases.ts";
import type { Round } from "./measure.ts";

/** A figure of every round. */
export interface Spread {
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly max: number;
}

interface CaseFigures {
  readonly requestsPerSecond: Spread;
  /** CPU time of workerd per request, all threads; null where the system does not tell. */
  readonly cpuMicroseconds: Spread | null;
  /** Requests/s against those of the constant Worker in the same round. */
  readonly ofConstant: Spread;
  /** Answers checked, and how many of them were not the expected ones. */
  readonly checked: number;
  readonly wrong: number;
  readonly firstWrong: string | null;
  /** Of the load generator's CPU: near 1 it was the generator that was measured. */
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

/** Issue 2's targets: they are meant for this size. */
const TARGET_KILOBYTES = 20;

const RATIOS = [
  { of: "memory", to: "map", target: 0.85 },
  { of: "memory", to: "tutorial", target: 3 },
  { of: "kv", to: "bareKv", target: 0.85 },
  { of: "kv", to: "tutorial", target: 1 },
  { of: "notModified", to: "memory", target: null },
  { of: "head", to: "memory", target: null },
] as const satisfies readonly { of: CaseName; to: CaseName; target: number | null }[];

export function figuresOf(kilobytes: number, rounds: readonly Round[]): Figures {
  const cases = CASE_NAMES.map((name): [CaseName, CaseFigures] => [name, caseFigures(name, rounds)]);
  return {
    kilobytes,
    cases: Object.fromEntries(cases) as Record<CaseName, CaseFigures>,
    ratios: RATIOS.map(({ of, to, target }): Ratio => {
      const requestsPerSecond = spread(rounds.map((round) => rate(round[of]) / rate(round[to])));
      const aim = kilobytes === TARGET_KILOBYTES ? target : null;
      return {
        of,
        to,
        requestsPerSecond,
        byCpu: spreadOrNull(rounds.map((round) => quotient(cpu(round[to]), cpu(round[of])))),
        target: aim,
        met: aim === null ? null : requestsPerSecond.median >= aim,
      };
    }),
  };
}

function caseFigures(name: CaseName, rounds: readonly Round[]): CaseFigures {
  const results = rounds.map((round) => round[name]);
  return {
    requestsPerSecond: spread(results.map(rate)),
    cpuMicroseconds: spreadOrNull(results.map(cpu)),
    ofConstant: spread(rounds.map((round) => rate(round[name]) / rate(round.constant))),
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    wrong: results.reduce((sum, { wrong }) => sum + wrong, 0),
    firstWrong: results.find(({ firstWrong }) => firstWrong !== null)?.firstWrong ?? null,
    generatorShare: spread(results.map(({ generatorShare }) => generatorShare)).median,
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

function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null ? null : dividend / divisor;
}

function spreadOrNull(values: readonly (number | null)[]): Spread | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length < values.length ? null : spread(numbers);
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    min: quantile(sorted, 0),
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    max: quantile(sorted, 1),
  };
}

/** Between two values it is the mean of both, weighted by nearness. */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position % 1);
}
