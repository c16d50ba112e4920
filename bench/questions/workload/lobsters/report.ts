import { describe, type Machine } from "../../../harness/machine.ts";
import { percent, table } from "../../../harness/table.ts";
import { verdictTable } from "../../../harness/verdicts.ts";
import { isTidemark, type LaneFigures } from "../lane.ts";
import { NOTHING_NEW } from "../policies/tidemark.ts";
import type { ScenarioFigures } from "../scenario.ts";
import { verdictsOnTrace } from "../targets.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly seconds: number;
  readonly seed: number;
  readonly figures: ScenarioFigures;
}

/** Like the targets of the other traces, and for every bound. */
const MOST_OF_CLAIRVOYANT = 1.3;

export function asMarkdown({ machine, takenAt, seconds, seed, figures }: Report): string {
  const { lanes, rate, isolates, queries, commits, writeShare } = figures;
  return [
    "# Lobsters, along the bound",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}. ${seconds} s count, in virtual time; the database is real. Seed ${seed}.`,
    `${rate} requests/s at ${isolates} isolates ${lanes[0]?.originMs} ms from the database, ${percent(writeShare)} writes, ${queries} queries, ${commits} commits while it counts.`,
    "How it is measured, and what the figures do not say: [bench/README.md](../README.md#lobsters).",
    "",
    "## Targets",
    "",
    verdictTable(verdictsOnTrace(MOST_OF_CLAIRVOYANT, "answers older than their bound", lanes)),
    "",
    "## Figures",
    "",
    table([
      [
        "policy",
        "served by the cache",
        "origin requests",
        "of these for nothing new",
        "stale answers",
        "oldest",
        "p50, ms",
        "p99, ms",
        "mean, ms",
      ],
      ...lanes.map((lane) => [
        lane.policy,
        percent(servedOf(lane)),
        String(lane.counts.originRequests),
        isTidemark(lane) ? String(nothingNewOf(lane)) : "—",
        percent(lane.stale / lane.reads),
        lane.stale === 0 ? "—" : `${(lane.oldestMs / 1_000).toFixed(2)} s`,
        lane.p50Ms.toFixed(0),
        lane.p99Ms.toFixed(0),
        lane.meanMs.toFixed(1),
      ]),
    ]),
    "",
  ].join("\n");
}

/** The share of reads that no origin request was made or waited for. */
function servedOf({ tally, reads }: LaneFigures): number {
  return (tally.hits ?? 0) / reads;
}

/** Origin requests for an answer that had not changed. */
function nothingNewOf({ tally }: LaneFigures): number {
  const counts = Object.entries(tally).filter(([name]) => name.startsWith(NOTHING_NEW));
  return counts.reduce((sum, [, count]) => sum + count, 0);
}
