import { describe, type Machine } from "../../harness/machine.ts";
import { percent, table } from "../../harness/table.ts";
import { neverOlder, type Verdict, verdictTable } from "../../harness/verdicts.ts";
import type { WorldFigures } from "./run.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly worlds: readonly WorldFigures[];
}

/** Regions that Durable Objects can be placed in: a world of one of them has nine such. */
const REGIONS = 9;

/** Targets of the issue *The world*, for 10,000 isolates at 1 s. */
const MOST_KEEPER_CALLS = 200;
const LEAST_HITS = 0.99;

export function asMarkdown({ machine, takenAt, worlds }: Report): string {
  return [
    "# The world",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}, in virtual time. ${worlds[0]?.seconds} s count. Seed ${worlds[0]?.seed}.`,
    "How it is measured, and what is modelled: [bench/README.md](../README.md#how-many-isolates).",
    "",
    "## Targets",
    "",
    verdictTable(verdictsOn(worlds)),
    "",
    "## Figures",
    "",
    table([
      [
        "isolates",
        "bound",
        "mirrors a region",
        "isolates a data centre",
        "reads/s of an isolate",
        "keeper calls/s",
        "of these fills",
        "nudges/s",
        "syncs/s of an isolate",
        "a mirror's calls/s",
        "a hub's",
        "hits",
        "reads that wait",
        "p99 of reads, ms",
        "longest queue at a mirror, ms",
        "oldest answer, s",
      ],
      ...worlds.map(row),
    ]),
    "",
  ].join("\n");
}

/** What invalidates a run. */
export function faultsOf(worlds: readonly WorldFigures[]): readonly string[] {
  return worlds
    .filter(({ olderThanBound }) => olderThanBound > 0)
    .map(
      ({ isolates, olderThanBound }) =>
        `${isolates} isolates: ${olderThanBound} answers older than their bound`,
    );
}

/** How many regions there are for each that was simulated. */
function scaleOf({ regions }: WorldFigures): number {
  return REGIONS / regions;
}

export function keeperCallsOf(world: WorldFigures): number {
  const { counts, seconds } = world;
  return ((counts.syncs + counts.fills) * scaleOf(world)) / seconds;
}

function row(world: WorldFigures): readonly string[] {
  const { counts, seconds, boundMs, isolates, readsDone, mirrorsPerRegion, mirrorCalls, hubCalls } = world;
  const scale = scaleOf(world);
  const most = (calls: readonly number[]) =>
    calls.length === 0 ? "—" : Math.round(Math.max(...calls) / seconds).toLocaleString("en");
  return [
    Math.round((isolates * scale) / 100) * 100 === isolates
      ? isolates.toLocaleString("en")
      : `${(Math.round((isolates * scale) / 1_000) * 1_000).toLocaleString("en")}, a ninth of them in full`,
    `${boundMs / 1_000} s`,
    mirrorsPerRegion === 0 ? "none" : `${mirrorsPerRegion}${hubCalls.length > 0 ? " and a hub" : ""}`,
    world.perColo === 0 ? "no cache" : String(world.perColo),
    String(world.reads),
    Math.round(keeperCallsOf(world)).toLocaleString("en"),
    Math.round((counts.fills * scale) / seconds).toLocaleString("en"),
    Math.round((counts.nudges * scale) / seconds).toLocaleString("en"),
    mirrorsPerRegion === 0
      ? (counts.syncs / seconds / isolates).toFixed(1)
      : (world.mirrorSyncs / seconds / isolates).toFixed(1),
    most(mirrorCalls),
    most(hubCalls),
    percent(world.hits / readsDone),
    percent(1 - world.atOnce / readsDone),
    world.p99Ms.toFixed(0),
    world.longestQueueMs.mirrors.toFixed(0),
    (world.oldestMs / 1_000).toFixed(2),
  ];
}

function verdictsOn(worlds: readonly WorldFigures[]): readonly Verdict[] {
  const target = worlds.find(
    ({ isolates, boundMs, mirrorsPerRegion, regions }) =>
      isolates >= 10_000 && boundMs === 1_000 && mirrorsPerRegion === 4 && regions === REGIONS,
  );
  return [
    neverOlder(
      "answers older than their bound",
      worlds.map(({ readsDone, olderThanBound }) => ({ reads: readsDone, olderThanBound })),
    ),
    ...(target === undefined
      ? []
      : [
          {
            what: "10,000 isolates at 1 s: keeper calls a second",
            figure: keeperCallsOf(target).toFixed(0),
            target: `≤ ${MOST_KEEPER_CALLS}`,
            met: keeperCallsOf(target) <= MOST_KEEPER_CALLS,
          },
          {
            what: "10,000 isolates at 1 s: hits",
            figure: percent(target.hits / target.readsDone),
            target: `≥ ${percent(LEAST_HITS)}`,
            met: target.hits >= LEAST_HITS * target.readsDone,
          },
        ]),
  ];
}
