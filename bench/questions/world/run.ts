import { NOON, Timeline } from "../../../testing/time/timeline.ts";
import { quantile } from "../../harness/quantile.ts";
import { readOf } from "../growth/items.ts";
import { configOf } from "../growth/virtual-site.ts";
import type { Counts } from "../workload/counts.ts";
import type { Isolate } from "../workload/deployment/isolate.ts";
import { networkAt } from "../workload/network.ts";
import { Draw } from "../workload/trace/draw.ts";
import type { BusyObject } from "./busy-object.ts";
import { ItemsDatabase } from "./items-database.ts";
import { World } from "./world.ts";

export interface WorldOptions {
  readonly isolates: number;
  readonly regions: number;
  readonly mirrorsPerRegion: number;
  readonly hasHubs: boolean;
  /** Isolates that share a data centre's cache. 0: there is none. */
  readonly perColo: number;
  readonly boundMs: number;
  /** A second, of each isolate. */
  readonly reads: number;
  /** Changed rows a second. */
  readonly changes: number;
  readonly keys: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface WorldFigures extends WorldOptions {
  readonly readsDone: number;
  /** Of all reads: served without an origin request. */
  readonly hits: number;
  /** Served from the isolate's own memory, at once. */
  readonly atOnce: number;
  readonly p99Ms: number;
  readonly olderThanBound: number;
  readonly oldestMs: number;
  readonly counts: Counts;
  readonly mirrorCalls: readonly number[];
  /** Of these, all mirrors' together. */
  readonly mirrorSyncs: number;
  readonly hubCalls: readonly number[];
  /** Of anything that waited for an object's thread. */
  readonly longestQueueMs: { readonly keeper: number; readonly mirrors: number; readonly hubs: number };
  readonly commits: number;
}

const DISTANCE_MS = 150;
/** Of an object's time, for each call. */
const CALL_MS = 1;
/** Each isolate reads each key once meanwhile, and then lives like later on for as long as two bounds. */
const WARM_UP_MS = 10_000;
const SLACK_MS = 1;
const CLIENTS = 200;

/** A world in virtual time: what its objects have to do, and what its readers wait for. */
export async function runWorld(options: WorldOptions): Promise<WorldFigures> {
  const { isolates, regions, mirrorsPerRegion, hasHubs, perColo, boundMs, reads, changes, keys, seconds } =
    options;
  const timeline = new Timeline(NOON);
  // Of their own, so that the same rows change at the same times, whoever reads.
  const [draw, changed] = [new Draw(options.seed), new Draw(options.seed + 1)];
  const database = new ItemsDatabase(keys, () => timeline.now);
  const network = networkAt(Array<number>(regions).fill(DISTANCE_MS), 1);
  const config = configOf(boundMs, keys);
  const world = await World.start({
    ...{ timeline, network, config, backend: database, isolates, mirrorsPerRegion, hasHubs, perColo },
  });
  const queries = Array.from({ length: keys }, (_, number) => readOf(number));
  const tally = { reads: 0, hits: 0, atOnce: 0, older: 0, oldestMs: 0, commits: 0 };
  const waits: number[] = [];
  let isCounting = false;

  const order = (number: number) => ({
    ...{ read: queries[number] as (typeof queries)[number], bearer: null, boundMs, token: null },
    ...{ staleIfErrorMs: 0, staleWhileRevalidateMs: 0, ttlMs: 86_400_000 },
    client: () => String(draw.below(CLIENTS)),
    anchor: (work: Promise<unknown>) => void work.catch(() => {}),
  });
  type Result = Awaited<ReturnType<Isolate["read"]>>;
  const take = (number: number, start: number, result: Result) => {
    tally.reads++;
    waits.push(timeline.now - start);
    if (result.kind !== "held") return;
    if (result.outcome.kind === "hit") tally.hits++;
    const ageMs = database.staleness(number, start, result.held.etag ?? "");
    tally.oldestMs = Math.max(tally.oldestMs, ageMs);
    if (ageMs > boundMs + SLACK_MS) tally.older++;
  };
  const read = (isolate: Isolate, number: number) => {
    const start = timeline.now;
    const counts = isCounting;
    const answer = isolate.read(order(number));
    if (!(answer instanceof Promise)) {
      if (!counts) return;
      tally.atOnce++;
      take(number, start, answer);
    } else answer.then((result) => counts && take(number, start, result));
  };

  const begun = timeline.now;
  const live = begun + WARM_UP_MS;
  const counted = live + Math.max(3_000, 2 * boundMs);
  const end = counted + seconds * 1_000;
  const every = (perSecond: number, from: number, work: () => void, gaps = draw) => {
    const next = () => {
      const at = timeline.now + gaps.gap(perSecond);
      if (at < end) timeline.at(at, next);
      work();
    };
    timeline.at(from + gaps.gap(perSecond), next);
  };
  for (const isolate of world.isolates) {
    const at = begun + draw.unit() * WARM_UP_MS * 0.9;
    for (let number = 0; number < keys; number++) timeline.at(at + number, () => read(isolate, number));
    every(reads, live, () => read(isolate, draw.zipf(keys) - 1));
  }
  const write = () => {
    if (isCounting) tally.commits++;
    database.write(changed.zipf(keys >> 1) - 1);
  };
  if (changes > 0) every(changes, live, write, changed);
  await timeline.run(live);
  world.begin(CALL_MS);
  await timeline.run(counted);
  isCounting = true;
  world.begin(CALL_MS);
  await timeline.run(end);
  const { counts, keeper, mirrors, hubs } = world;
  const used = { ...counts };
  const { mirrorSyncs } = world;
  const [mirrorCalls, hubCalls] = [mirrors, hubs].map((list) => list.map(({ calls }) => calls)) as [
    number[],
    number[],
  ];
  await timeline.run(end + 3_000);
  return {
    ...options,
    readsDone: tally.reads,
    ...{ hits: tally.hits, atOnce: tally.atOnce, commits: tally.commits },
    p99Ms: quantile(waits, 0.99),
    olderThanBound: tally.older,
    oldestMs: tally.oldestMs,
    counts: used,
    ...{ mirrorCalls, mirrorSyncs, hubCalls },
    longestQueueMs: { keeper: keeper.longestWaitMs, mirrors: longest(mirrors), hubs: longest(hubs) },
  };
}

const longest = (objects: readonly BusyObject[]) => Math.max(0, ...objects.map((o) => o.longestWaitMs));
