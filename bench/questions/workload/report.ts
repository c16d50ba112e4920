import { describe, type Machine } from "../../harness/machine.ts";
import { percent, table } from "../../harness/table.ts";
import { verdictTable } from "../../harness/verdicts.ts";
import type { LaneFigures } from "./lane.ts";
import { aDay, type Billed, dollarsAMonth, freeADay } from "./price.ts";
import type { ScenarioFigures } from "./scenario.ts";
import { verdictsOn } from "./targets.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly seconds: number;
  readonly keeperShare: number;
  readonly scenarios: readonly ScenarioFigures[];
  /** A site with one request a second. */
  readonly small: ScenarioFigures | null;
}

export function asMarkdown(report: Report): string {
  const { machine, takenAt, seconds, keeperShare, scenarios, small } = report;
  return [
    "# What does a hit buy?",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}. ${seconds} s of each trace count, in virtual time; the`,
    `database is real. Keeper at ${keeperShare} × the origin's distance from the readers. How it is measured, and what`,
    "the figures do not say: [bench/README.md](../README.md).",
    "",
    "## Targets",
    "",
    verdictTable(verdictsOn(scenarios)),
    ...scenarios.flatMap(scenarioLines),
    ...(small === null ? [] : smallLines(small)),
    "",
  ].join("\n");
}

function scenarioLines({ workload, writeShare, rate, queries, commits, isolates, lanes }: ScenarioFigures) {
  const distances = [...new Set(lanes.map(({ originMs }) => originMs))];
  return [
    "",
    `## ${workload}, ${percent(writeShare)} writes`,
    "",
    `${rate} requests/s at ${isolates} isolates, ${queries} queries, ${commits} commits while it counts.`,
    ...distances.flatMap((distance) => [
      "",
      `Origin ${distance} ms away:`,
      "",
      table([HEAD, ...lanes.filter(({ originMs }) => originMs === distance).map(row)]),
    ]),
  ];
}

const HEAD = [
  "policy",
  "p50, ms",
  "p99, ms",
  "mean, ms",
  "origin requests",
  "stale answers",
  "oldest, s",
  "older than promised",
  "KV reads",
  "KV writes",
  "syncs",
  "fills",
  "pulls",
  "$ a month",
];

function row(lane: LaneFigures): readonly string[] {
  const { counts, reads, stale } = lane;
  return [
    lane.policy,
    lane.p50Ms.toFixed(0),
    lane.p99Ms.toFixed(0),
    lane.meanMs.toFixed(1),
    String(counts.originRequests),
    `${stale} (${percent(stale / reads)})`,
    (lane.oldestMs / 1_000).toFixed(1),
    lane.boundMs === null ? "—" : String(lane.olderThanBound),
    String(counts.kvReads),
    String(counts.kvWrites),
    String(counts.syncs),
    String(counts.fills),
    String(counts.pulls),
    dollarsAMonth(lane).toFixed(2),
  ];
}

const LIMITED: Readonly<Record<Billed, string>> = {
  workerRequests: "Workers requests",
  objectRequests: "Durable Object requests",
  objectRowsWritten: "rows written",
  kvReads: "KV reads",
  kvWrites: "KV writes",
};

function smallLines({ lanes, isolates, seconds }: ScenarioFigures & { readonly seconds?: number }) {
  const names = Object.keys(LIMITED) as Billed[];
  const rows = lanes.map((lane) => {
    const day = aDay(lane);
    const fits = names.every((name) => day[name] <= freeADay(name));
    const cells = names.map((name) => {
      const text = Math.round(day[name]).toLocaleString("en");
      return day[name] <= freeADay(name) ? text : `**${text}**`;
    });
    return [lane.policy, ...cells, fits ? "yes" : "**no**"];
  });
  return [
    "",
    "## A small site and the free plan",
    "",
    `One request a second at ${isolates} isolates (catalogue, ${lanes[0]?.originMs} ms), counted for ${Math.round((seconds ?? lanes[0]?.seconds ?? 0) / 60)} minutes, per day:`,
    "",
    table([
      ["policy", ...names.map((name) => LIMITED[name]), "fits"],
      ["the free plan allows", ...names.map((name) => freeADay(name).toLocaleString("en")), ""],
      ...rows,
    ]),
  ];
}
