import { quantile, type Spread, spread, spreadOrNull } from "../spread.ts";
import { QUERY } from "./pages.ts";
import type { Process, ReadResult } from "./reader.ts";

/** To the database's API itself; to the gateway, which has the answer; and to the gateway with a bound of 0 s. */
export const ROUTES = ["straight", "hit", "sync"] as const;
export type Route = (typeof ROUTES)[number];

export const READERS = [1, 16] as const;

export const PROCESSES = ["client", "workerd", "api", "postgres"] as const satisfies readonly Process[];

/** A slice of each route with each number of readers. */
export type Round = readonly {
  readonly route: Route;
  readonly readers: number;
  readonly result: ReadResult;
}[];

interface RouteFigures {
  readonly route: Route;
  readonly readers: number;
  readonly requestsPerSecond: Spread;
  /** Requests/s against those of the straight route in the same round. */
  readonly ofStraight: Spread;
  /** Of all reads of all rounds. */
  readonly milliseconds: { readonly p50: number; readonly p99: number };
  /** CPU time per request; null where the system does not tell. */
  readonly cpuMicroseconds: Readonly<Record<Process, Spread | null>>;
  readonly checked: number;
  readonly wrong: number;
  readonly firstWrong: string | null;
}

export interface Comparison {
  readonly query: string;
  readonly bytes: number;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly routes: readonly RouteFigures[];
}

export function comparisonOf(
  rounds: readonly Round[],
  described: Pick<Comparison, "rounds" | "sliceMs" | "bytes">,
): Comparison {
  const routes = READERS.flatMap((readers) => ROUTES.map((route) => routeFigures(rounds, route, readers)));
  return { query: QUERY, ...described, routes };
}

function routeFigures(rounds: readonly Round[], route: Route, readers: number): RouteFigures {
  const results = rounds.map((round) => resultOf(round, route, readers));
  const latencies = results.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
  const cpu = (process: Process) =>
    spreadOrNull(
      results.map(({ cpuMs, latenciesMs }) => {
        const cpu = cpuMs[process];
        return cpu === null ? null : (cpu / latenciesMs.length) * 1_000;
      }),
    );
  return {
    route,
    readers,
    requestsPerSecond: spread(results.map(rate)),
    ofStraight: spread(
      rounds.map(
        (round) => rate(resultOf(round, route, readers)) / rate(resultOf(round, "straight", readers)),
      ),
    ),
    milliseconds: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    cpuMicroseconds: Object.fromEntries(
      PROCESSES.map((process) => [process, cpu(process)]),
    ) as RouteFigures["cpuMicroseconds"],
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    wrong: results.reduce((sum, { wrong }) => sum + wrong, 0),
    firstWrong: results.find(({ firstWrong }) => firstWrong !== null)?.firstWrong ?? null,
  };
}

function resultOf(round: Round, route: Route, readers: number): ReadResult {
  const slice = round.find((each) => each.route === route && each.readers === readers);
  if (slice === undefined) throw new Error(`a round without ${route} and ${readers} readers`);
  return slice.result;
}

function rate({ latenciesMs, elapsedMs }: ReadResult): number {
  return (latenciesMs.length / elapsedMs) * 1_000;
}
