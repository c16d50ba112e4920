import { Random } from "../../../testing/random.ts";
import { NOON, Timeline } from "../../../testing/time/timeline.ts";
import type { Bodies } from "./blog/schema.ts";
import type { CauseCounts } from "./causes.ts";
import { Database } from "./database.ts";
import { LANES } from "./lanes/all.ts";
import type { Lane, LaneCounts, Running } from "./lanes/lane.ts";
import { type Arrival, type ReadArrival, type TraceOptions, traceOf, type WriteArrival } from "./trace.ts";

export interface Course extends TraceOptions {
  readonly places: number;
  readonly isolateLivesSeconds: number;
}

export interface LaneFigures extends Readonly<LaneCounts> {
  readonly lane: string;
  readonly promiseMs: number | null;
  readonly isProven: boolean;
  readonly reads: number;
  readonly hits: number;
  /** Answers that were wrong when their read began, and how long the oldest had been wrong. */
  readonly stale: number;
  readonly oldestMs: number;
  /** Of these, older than the lane promises; and how many of those because of writes through the Worker. */
  readonly olderThanPromised: number;
  readonly ofOwnWrites: number;
  readonly causes: CauseCounts | null;
  readonly findings: readonly string[];
}

export interface CourseFigures {
  readonly writeShare: number;
  readonly bodies: Bodies;
  readonly places: number;
  readonly seconds: number;
  readonly reads: number;
  readonly writes: number;
  readonly fromOutside: number;
  readonly pages: number;
  /** Rows of capture's outbox. */
  readonly outbox: { readonly written: number; readonly pruned: number };
  readonly lanes: readonly LaneFigures[];
}

/** The last reads are answered by then. */
const LAST_ANSWERS_MS = 30_000;

/** All lanes along one trace over one database. */
export async function run(course: Course, lanes: readonly Lane[] = LANES): Promise<CourseFigures> {
  const timeline = new Timeline(NOON);
  const database = await Database.create(course.blog, course.seed + 1, () => timeline.now);
  const arrivals = traceOf(course);
  const judged = lanes.map((lane, index) => {
    const random = new Random(course.seed + 100 + index);
    const running = lane.start({
      ...{ timeline, database, isolates: course.isolates, places: course.places },
      ...{ isolateLivesMs: course.isolateLivesSeconds * 1_000, random: () => random.next() },
    });
    return new JudgedLane(lane, running, database, timeline);
  });
  schedule(arrivals, 0, timeline, database, judged);
  await timeline.run(NOON + course.seconds * 1_000 + LAST_ANSWERS_MS);
  const writes = arrivals.filter((arrival) => arrival.kind === "write");
  return {
    ...{
      writeShare: course.writeShare,
      bodies: course.blog.bodies,
      places: course.places,
      seconds: course.seconds,
    },
    reads: arrivals.length - writes.length,
    writes: writes.length,
    fromOutside: writes.filter(({ isolate }) => isolate === null).length,
    pages: database.pages,
    outbox: database.capture.rows,
    lanes: judged.map((lane) => lane.figures()),
  };
}

/** One arrival after another, each at its own time, however long earlier ones take. */
function schedule(
  arrivals: readonly Arrival[],
  index: number,
  timeline: Timeline,
  database: Database,
  lanes: readonly JudgedLane[],
): void {
  const arrival = arrivals[index];
  if (arrival === undefined) return;
  timeline.at(NOON + arrival.at, () => {
    schedule(arrivals, index + 1, timeline, database, lanes);
    if (arrival.kind === "write") database.commit(arrival.write, timeline.now, arrival.isolate === null);
    for (const lane of lanes) arrival.kind === "write" ? lane.wrote(arrival) : lane.read(arrival);
  });
}

/** A lane, and whether what it answers is true. */
class JudgedLane {
  readonly #lane: Lane;
  readonly #running: Running;
  readonly #database: Database;
  readonly #timeline: Timeline;
  readonly #findings: string[] = [];
  #asked = 0;
  #reads = 0;
  #hits = 0;
  #stale = 0;
  #oldestMs = 0;
  #olderThanPromised = 0;
  #ofOwnWrites = 0;

  constructor(lane: Lane, running: Running, database: Database, timeline: Timeline) {
    this.#lane = lane;
    this.#running = running;
    this.#database = database;
    this.#timeline = timeline;
  }

  read(arrival: ReadArrival): void {
    const start = this.#timeline.now;
    this.#asked++;
    this.#running.read(arrival).then(
      ({ text, isHit }) => {
        this.#reads++;
        if (isHit) this.#hits++;
        this.#judge(arrival, start, text);
      },
      (error) => void this.#findings.push(String(error)),
    );
  }

  wrote(arrival: WriteArrival): void {
    if (arrival.isolate === null) return;
    this.#running
      .wrote?.(arrival, arrival.isolate)
      .catch((error: unknown) => void this.#findings.push(String(error)));
  }

  figures(): LaneFigures {
    const { name: lane, promiseMs, isProven } = this.#lane;
    const counts: LaneCounts = this.#running.counts();
    const unanswered = this.#asked - this.#reads;
    return {
      ...{ lane, promiseMs, isProven, ...counts },
      ...{ reads: this.#reads, hits: this.#hits, stale: this.#stale, oldestMs: this.#oldestMs },
      ...{ olderThanPromised: this.#olderThanPromised, ofOwnWrites: this.#ofOwnWrites },
      causes: this.#running.causes?.() ?? null,
      findings: [
        ...this.#findings,
        ...(this.#running.findings ?? []),
        ...(unanswered > 0 ? [`${unanswered} reads were not answered`] : []),
      ],
    };
  }

  #judge({ page }: ReadArrival, start: number, text: string): void {
    const age = this.#database.age(page, start, text);
    if (age === null) {
      this.#findings.push(`${page.key}: an answer that the database has never given`);
      return;
    }
    if (age.staleMs === 0) return;
    this.#stale++;
    this.#oldestMs = Math.max(this.#oldestMs, age.staleMs);
    const { promiseMs } = this.#lane;
    if (promiseMs === null || age.staleMs <= promiseMs) return;
    this.#olderThanPromised++;
    if (!age.isFromOutside) this.#ofOwnWrites++;
  }
}
