import { describe, type Machine } from "../../harness/machine.ts";
import { percent, table } from "../../harness/table.ts";
import { verdictTable } from "../../harness/verdicts.ts";
import { CAUSES, type Cause, equalOf } from "./causes.ts";
import type { HitFigures } from "./hit.ts";
import { BOUND_MS } from "./lanes/all.ts";
import type { CourseFigures, LaneFigures } from "./run.ts";
import { isRows, loadsOf, titleOf, verdictsOn } from "./targets.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly courses: readonly CourseFigures[];
  readonly hits: readonly HitFigures[];
}

export function asMarkdown({ machine, takenAt, courses, hits }: Report): string {
  return [
    "# What does it save that the database tells of rows?",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}, load average ${machine.loadAverage} before the run. A blog on SQLite,`,
    "in virtual time: counts are the same on every machine, and only the last section is this one's. How it is measured:",
    "[bench/README.md](../README.md).",
    ...(courses.length === 0 ? [] : ["", "## Targets", "", verdictTable(verdictsOn(courses))]),
    ...courses.flatMap(courseLines),
    ...(courses.length === 0 ? [] : causeLines(courses)),
    ...(hits.length === 0 ? [] : hitLines(hits)),
    "",
  ].join("\n");
}

const HEAD = [
  "lane",
  "loads",
  "÷ clairvoyant",
  "for nothing new",
  "hit ratio",
  "stale answers",
  "older than promised",
  "stalest, s",
  "keeper calls",
  "pulls",
  "keeper's rows",
  "KV reads",
  "KV writes",
];

function courseLines(course: CourseFigures): readonly string[] {
  const { reads, writes, fromOutside, pages, seconds, outbox, lanes } = course;
  const least = loadsOf(course, "clairvoyant");
  return [
    "",
    `## ${titleOf(course)}`,
    "",
    `${reads} reads of ${pages} pages in ${Math.round(seconds / 60)} minutes; ${writes} writes, ${fromOutside} of them from outside.`,
    `Capture wrote ${outbox.written} rows, and deleted ${outbox.pruned}.`,
    "",
    table([HEAD, ...lanes.map((lane) => laneRow(lane, least))]),
  ];
}

function laneRow(lane: LaneFigures, least: number): readonly string[] {
  return [
    lane.lane,
    String(lane.loads),
    (lane.loads / least).toFixed(2),
    lane.causes === null ? "—" : String(equalOf(lane.causes)),
    (lane.hits / lane.reads).toFixed(3),
    `${lane.stale} (${percent(lane.stale / lane.reads)})`,
    String(lane.olderThanPromised),
    (lane.oldestMs / 1_000).toFixed(1),
    ...[lane.keeperCalls, lane.pulls, lane.keeperRows, lane.kvReads, lane.kvWrites].map(String),
  ];
}

/** What the loads of `rows` were made for, and which writes led to those that brought nothing new. */
function causeLines(courses: readonly CourseFigures[]): readonly string[] {
  const name = `rows, ${BOUND_MS / 1_000} s`;
  const counted = courses.map(
    (course) => course.lanes.find((lane) => isRows(lane) && lane.lane === name)?.causes ?? {},
  );
  const found = new Set(counted.flatMap((causes) => Object.keys(causes)));
  const order = Object.keys(CAUSES) as Cause[];
  const names = order.flatMap((cause) =>
    [...found].filter((each) => each === cause || each.startsWith(`${cause}:`)).sort(),
  );
  const told = (each: string) => {
    const [cause = "", write] = each.split(": ");
    return `${CAUSES[cause as Cause]}${write === undefined ? "" : ` (${write})`}`;
  };
  return [
    "",
    `## Why ${name}, loads`,
    "",
    table([
      ["why", ...courses.map(titleOf)],
      ...names.map((each) => [told(each), ...counted.map((causes) => String(causes[each] ?? 0))]),
    ]),
  ];
}

function hitLines(hits: readonly HitFigures[]): readonly string[] {
  return [
    "",
    "## A memory hit",
    "",
    "In real time, in seven processes: the median of their ratios, the least and the most.",
    "",
    table([
      ["hit", "ns", "÷", "ratio"],
      ...hits.map(({ name, nanoseconds, of, ratio, range: [low, high] }) => [
        name,
        nanoseconds.toFixed(0),
        of,
        `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
      ]),
    ]),
  ];
}
