import { NOON, Timeline } from "../../../testing/time/timeline.ts";
import { inVirtualTime } from "../../../testing/time/virtual-globals.ts";
import { Database } from "./database/database.ts";
import { Lane, type LaneFigures } from "./lane.ts";
import { type Distance, networkAt } from "./network.ts";
import { Origin } from "./origin.ts";
import type { Policy } from "./policies/policy.ts";
import type { Arrival, Trace } from "./trace/trace.ts";

export interface Course {
  readonly trace: Trace;
  /** The module of the database's process. */
  readonly database: URL;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly isolates: number;
  readonly distances: readonly Distance[];
  readonly keeperShare: number;
  readonly policies: readonly Policy[];
}

export interface CourseFigures {
  readonly lanes: readonly LaneFigures[];
  /** Where the judge's SQL and the API disagree: the figures are worth nothing then. */
  readonly contradictions: readonly string[];
}

/** What invalidates a run: answers the origin never gave, audits that found something, a wrong judge. */
export function faultsOf(courses: readonly CourseFigures[]): readonly string[] {
  return courses.flatMap(({ lanes, contradictions }) => [
    ...contradictions,
    ...lanes.flatMap(({ policy, findings }) => findings.map((finding) => `${policy}: ${finding}`)),
  ]);
}

/** The last reads are answered by then. */
const LAST_ANSWERS_MS = 3_000;

/** All policies at all distances along one trace over one database, so that each state is read once. */
export async function runAlong(course: Course): Promise<CourseFigures> {
  const database = await Database.start(course.database);
  const timeline = new Timeline(NOON);
  try {
    return await inVirtualTime(timeline, () => runOver(course, database, timeline));
  } finally {
    await database.stop();
  }
}

async function runOver(course: Course, database: Database, timeline: Timeline): Promise<CourseFigures> {
  const { distances, keeperShare, policies, isolates, warmUpSeconds, seconds } = course;
  const { arrivals, queries } = course.trace;
  const origin = new Origin(database, () => timeline.now);
  const lanes: Lane[] = [];
  for (const distance of distances) {
    const network = networkAt(distance, keeperShare);
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
  await timeline.run(begun + (warmUpSeconds + seconds) * 1_000);
  for (const lane of lanes) lane.end();
  await timeline.run(timeline.now + LAST_ANSWERS_MS);
  return { lanes: lanes.map((lane) => lane.figures()), contradictions: origin.contradictions };
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
