import { numberOf } from "../../harness/command.ts";
import { type CourseFigures, runAlong } from "./along.ts";
import type { Distance } from "./network.ts";
import type { Policy } from "./policies/policy.ts";
import { BLOG } from "./trace/blog.ts";
import { LOBSTERS } from "./trace/lobsters.ts";
import type { Workload } from "./trace/shapes.ts";
import { CATALOGUE, COUNTERS } from "./trace/shop.ts";
import { traceOf } from "./trace/trace.ts";

export const WORKLOADS: readonly Workload[] = [CATALOGUE, BLOG, COUNTERS, LOBSTERS];

/** A copy lives for a minute, and only then does a time-based cache ask the origin again. */
const WARM_UP_S = 65;

const DATABASE = new URL("database/server.ts", import.meta.url);

export interface Scenario {
  readonly workload: Workload;
  /** Share of all requests that write. */
  readonly writeShare: number;
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpShare: number;
  readonly isolates: number;
  readonly distances: readonly Distance[];
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
async function run(scenario: Scenario): Promise<ScenarioFigures> {
  const { workload, writeShare, rate, isolates } = scenario;
  const timed = { ...scenario, warmUpSeconds: WARM_UP_S };
  const trace = traceOf(timed);
  const commits = trace.arrivals.filter(({ kind, at }) => kind === "write" && at >= WARM_UP_S * 1_000);
  const figures = await runAlong({ ...timed, trace, database: DATABASE });
  return {
    ...{ workload: workload.name, writeShare, rate, isolates },
    queries: trace.queries.length,
    commits: commits.length,
    ...figures,
  };
}

/** Prints progress: a full run takes half an hour. */
export async function told(scenario: Scenario): Promise<ScenarioFigures> {
  const begun = performance.now();
  const figures = await run(scenario);
  const took = ((performance.now() - begun) / 1_000).toFixed(0);
  const what = `${scenario.workload.name}, ${scenario.rate} requests/s, ${100 * scenario.writeShare} % writes`;
  process.stderr.write(`${what}: ${figures.lanes.length} lanes in ${took} s\n`);
  return figures;
}

/** Workloads by name, each with its share of writes: `blog:0.05,catalogue:0.01`. */
export function scenariosOf(text: string): readonly (readonly [Workload, number])[] {
  return text.split(",").map((part) => {
    const [name, share = ""] = part.split(":");
    const workload = WORKLOADS.find((known) => known.name === name);
    if (workload === undefined) throw new Error(`--scenarios: no workload is named ${name}`);
    return [workload, numberOf("--scenarios", share)];
  });
}
