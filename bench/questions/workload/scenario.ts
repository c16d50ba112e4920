import { type CourseFigures, runAlong } from "./along.ts";
import type { Policy } from "./policies/policy.ts";
import type { Workload } from "./trace/shapes.ts";
import { traceOf } from "./trace/trace.ts";

const DATABASE = new URL("database/server.ts", import.meta.url);

export interface Scenario {
  readonly workload: Workload;
  /** Share of all requests that write. */
  readonly writeShare: number;
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly warmUpShare: number;
  readonly isolates: number;
  readonly distancesMs: readonly number[];
  readonly keeperShare: number;
  readonly policies: readonly Policy[];
  readonly seed: number;
}

export interface ScenarioFigures extends CourseFigures {
  readonly workload: string;
  readonly writeShare: number;
  readonly rate: number;
  readonly isolates: number;
  readonly queries: number;
  readonly commits: number;
}

/** All policies at all distances along one trace. */
export async function run(scenario: Scenario): Promise<ScenarioFigures> {
  const { workload, writeShare, rate, isolates, warmUpSeconds } = scenario;
  const trace = traceOf(scenario);
  const commits = trace.arrivals.filter(({ kind, at }) => kind === "write" && at >= warmUpSeconds * 1_000);
  const figures = await runAlong({ ...scenario, trace, database: DATABASE });
  return {
    ...{ workload: workload.name, writeShare, rate, isolates },
    queries: trace.queries.length,
    commits: commits.length,
    ...figures,
  };
}
