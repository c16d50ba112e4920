import { describe, type Machine } from "../../harness/machine.ts";
import { percent, table } from "../../harness/table.ts";
import { verdictTable } from "../../harness/verdicts.ts";
import type { CourseFigures } from "../workload/along.ts";
import type { LaneFigures } from "../workload/lane.ts";
import type { Trace } from "../workload/trace/trace.ts";
import { verdictsOn } from "./targets.ts";

export interface Report extends CourseFigures {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly users: number;
  readonly isolates: number;
  readonly minutes: number;
  readonly warmUpMinutes: number;
  readonly trace: Trace;
}

export function asMarkdown(report: Report): string {
  const { machine, takenAt, users, isolates, minutes, warmUpMinutes, trace, lanes } = report;
  const counted = trace.arrivals.filter(({ at }) => at >= warmUpMinutes * 60_000);
  const reads = counted.filter((arrival) => arrival.kind === "read");
  const tokens = new Set(reads.map((arrival) => arrival.kind === "read" && arrival.session?.token)).size;
  return [
    "# What do signed-in readers gain?",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}. ${minutes} minutes count, in virtual time; the database is ` +
      `real and ${lanes[0]?.originMs} ms away. How it is measured: [bench/README.md](../README.md).`,
    `${users} users at ${isolates} isolates: ${reads.length} reads of ${trace.queries.length} queries with ${tokens} ` +
      `tokens, ${counted.length - reads.length} commits.`,
    verdictTable(verdictsOn(lanes)),
    table([HEAD, ...lanes.map((lane) => row(lane, lanes))]),
    ...lanes.filter(({ tally }) => Object.keys(tally).length > 1).map(tallied),
  ]
    .join("\n\n")
    .concat("\n");
}

const HEAD = [
  "policy",
  "hits",
  "origin requests",
  "÷ clairvoyant",
  "who is it?",
  "stale answers",
  "oldest, s",
  "older than promised",
  "p50, ms",
  "p99, ms",
  "syncs",
  "audiences",
  "fills",
  "pulls",
  "KV reads",
  "KV writes",
];

function row(lane: LaneFigures, lanes: readonly LaneFigures[]): readonly string[] {
  const { counts, reads, stale, tally } = lane;
  const least = lanes.find(({ policy }) => policy === "clairvoyant")?.counts.originRequests;
  return [
    lane.policy,
    percent((tally.hits ?? 0) / reads),
    String(counts.originRequests),
    least === undefined ? "—" : (counts.originRequests / least).toFixed(2),
    String(counts.whoamis),
    `${stale} (${percent(stale / reads)})`,
    (lane.oldestMs / 1_000).toFixed(1),
    lane.boundMs === null ? "—" : String(lane.olderThanBound),
    lane.p50Ms.toFixed(0),
    lane.p99Ms.toFixed(0),
    String(counts.syncs),
    String(counts.audiences),
    String(counts.fills),
    String(counts.pulls),
    String(counts.kvReads),
    String(counts.kvWrites),
  ];
}

/** How a policy's reads were answered. */
function tallied({ policy, tally }: LaneFigures): string {
  const parts = Object.entries(tally)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`);
  return `${policy}: ${parts.join(", ")}.`;
}
