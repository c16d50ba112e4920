import { describe, type Machine } from "../../../harness/machine.ts";
import { percent, table } from "../../../harness/table.ts";
import { verdictTable } from "../../../harness/verdicts.ts";
import type { LaneFigures } from "../lane.ts";
import type { ScenarioFigures } from "../scenario.ts";
import { placesOf } from "./places.ts";
import { verdictsOn } from "./targets.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly seconds: number;
  readonly seed: number;
  readonly scenarios: readonly ScenarioFigures[];
}

export function asMarkdown({ machine, takenAt, seconds, seed, scenarios }: Report): string {
  return [
    "# Three regions",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}. ${seconds} s of each trace count, in virtual time; the database is real. Seed ${seed}.`,
    "How it is measured, and what the figures do not say: [bench/README.md](../README.md#three-regions).",
    "",
    "## Targets",
    "",
    verdictTable(verdictsOn(scenarios)),
    ...scenarios.flatMap(scenarioLines),
    "",
  ].join("\n");
}

function scenarioLines({ workload, writeShare, rate, isolates, queries, commits, lanes }: ScenarioFigures) {
  return [
    "",
    `## ${workload}, ${percent(writeShare)} writes`,
    "",
    `${rate} requests/s at ${isolates} isolates, ${queries} queries, ${commits} commits while it counts.`,
    ...[...new Set(lanes.map(placesOf))].flatMap((places) => [
      "",
      `Regions ${places} from the database and the keeper:`,
      "",
      table([
        [
          "policy",
          "p50, ms",
          "p99, ms",
          "p99 by region, ms",
          "mean, ms",
          "served by the cache",
          "origin requests",
          "stale answers",
          "oldest, s",
          "keeper calls",
        ],
        ...lanes.filter((lane) => placesOf(lane) === places).map(row),
      ]),
    ]),
  ];
}

function row(lane: LaneFigures): readonly string[] {
  const { counts, reads, tally } = lane;
  return [
    lane.policy,
    lane.p50Ms.toFixed(0),
    lane.p99Ms.toFixed(0),
    lane.places.map(({ p99Ms }) => p99Ms.toFixed(0)).join(" · "),
    lane.meanMs.toFixed(1),
    tally.hits === undefined ? "—" : percent(tally.hits / reads),
    String(counts.originRequests),
    percent(lane.stale / reads),
    (lane.oldestMs / 1_000).toFixed(1),
    String(counts.syncs + counts.fills),
  ];
}
