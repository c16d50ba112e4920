import { NOON, Timeline } from "../../../testing/time/timeline.ts";
import { inVirtualTime } from "../../../testing/time/virtual-globals.ts";
import { Database } from "./database/database.ts";
import { Lane, type LaneFigures } from "./lane.ts";
import { networkAt } from "./network.ts";
import { Origin } from "./origin.ts";
import type { Policy } from "./policies/policy.ts";
import type { Workload } from "./trace/shapes.ts";
import { type Arrival, traceOf } from "./trace/trace.ts";

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

export interface ScenarioFigures {
  readonly workload: string;
  readonly writeShare: number;
  readonly rate: number;
  readonly isolates: number;
  readonly queries: number;
  readonly commits: number;
  readonly lanes: readonly LaneFigures[];
  /** Where the judge's SQL and the API disagree: the figures are worth nothing then. */
  readonly contradictions: readonly string[];
}

/** The last reads are answered by then. */
const LAST_ANSWERS_MS = 3_000;

/** All policies at all distances along one trace over one database, so that each state is read once. */
export async function run(scenario: Scenario): Promise<ScenarioFigures> {
  const database = await Database.start();
  const timeline = new Timeline(NOON);
  try {
    return await inVirtualTime(timeline, () => runOver(scenario, database, timeline));
  } finally {
    await database.stop();
  }
}

async function runOver(scenario: Scenario, database: Database, timeline: Timeline): Promise<ScenarioFigures> {
  const { distancesMs, keeperShare, policies, isolates, warmUpSeconds, seconds } = scenario;
  const { arrivals, queries } = traceOf({ ...scenario });
  const origin = new Origin(database, () => timeline.now);
  const lanes: Lane[] = [];
  for (const originMs of distancesMs) {
    const network = networkAt(originMs, keeperShare);
    for (const policy of policies) {
      const running = await policy.start({ timeline, network, origin, isolates, queries });
      lanes.push(new Lane(policy, running, network, origin, timeline));
    }
  }
  const begun = timeline.now;
  origin.begin();
  schedule(arrivals, begun, { timeline, origin, lanes });
  timeline.at(begun + warmUpSeconds * 1_000, () => {
    for (const lane of lanes) lane.begin();
  });
  const commitsOf = arrivals.filter(({ kind, at }) => kind === "write" && at >= warmUpSeconds * 1_000);
  await timeline.run(begun + (warmUpSeconds + seconds) * 1_000);
  for (const lane of lanes) lane.end();
  await timeline.run(timeline.now + LAST_ANSWERS_MS);
  const figures = lanes.map((lane) => lane.figures());
  return {
    workload: scenario.workload.name,
    writeShare: scenario.writeShare,
    rate: scenario.rate,
    isolates,
    queries: queries.length,
    commits: commitsOf.length,
    lanes: figures,
    contradictions: origin.contradictions,
  };
}

interface Stage {
  readonly timeline: Timeline;
  readonly origin: Origin;
  readonly lanes: readonly Lane[];
}

/** One arrival after another, each at its own time, however long earlier ones take. */
function schedule(arrivals: readonly Arrival[], begun: number, stage: Stage, index = 0): void {
  const arrival = arrivals[index];
  if (arrival === undefined) return;
  const { timeline, origin, lanes } = stage;
  timeline.at(begun + arrival.at, () => {
    schedule(arrivals, begun, stage, index + 1);
    if (arrival.kind === "write") {
      timeline.hold(
        origin.commit(arrival).then(() => {
          for (const lane of lanes) lane.wrote(arrival);
        }),
      );
      return;
    }
    const read = () => {
      for (const lane of lanes) lane.read(arrival);
    };
    const learned = origin.learn(arrival.query);
    if (learned === null) read();
    else timeline.hold(learned.then(read));
  });
}
