import { type Cost, costOf } from "../../../../src/cost/cost.ts";
import { DURATION_OF_A_DAY, type Metered, PRICES, PRICES_AS_OF } from "../../../../src/cost/prices.ts";
import { describe, type Machine } from "../../../harness/machine.ts";
import { percent, table } from "../../../harness/table.ts";
import { neverOlder, type Verdict, verdictTable } from "../../../harness/verdicts.ts";
import type { LaneFigures } from "../lane.ts";
import { aDay, callsOf } from "../price.ts";
import type { ScenarioFigures } from "../scenario.ts";

export interface Site {
  readonly name: string;
  /** Requests a second. */
  readonly rate: number;
  readonly isolates: number;
  /** Milliseconds from each region to keeper and database. */
  readonly places: readonly number[];
  readonly seconds: number;
}

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly seed: number;
  readonly sites: readonly { readonly site: Site; readonly figures: ScenarioFigures }[];
}

const DAY_S = 86_400;
const DAYS_OF_A_MONTH = 30;

export function asMarkdown({ machine, takenAt, seed, sites }: Report): string {
  return [
    "# What sites cost",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}, in virtual time; the database is real. Seed ${seed}. Prices as of ${PRICES_AS_OF}.`,
    "How it is measured, and what is modelled: [bench/README.md](../README.md#what-do-sites-cost).",
    "",
    "## Targets",
    "",
    verdictTable(verdictsOn(sites)),
    ...sites.flatMap(siteLines),
    "",
  ].join("\n");
}

/** One lane's day: operations, GB-s if its objects never sleep, and dollars a month. */
interface Day {
  readonly perDay: Readonly<Record<Metered, number>>;
  /** Of `keeperCalls`, those of mirrors. */
  readonly mirrorCalls: number;
  readonly dollarsPerMonth: number;
  readonly fitsFree: boolean;
}

function dayOf(lane: LaneFigures): Day {
  const day = aDay(lane);
  const mirrors =
    lane.counts.mirrorCalls > 0 ? lane.places.filter(({ originMs }) => originMs > 10).length : 0;
  const usage = {
    workerRequests: day.workerRequests,
    keeperCalls: day.objectRequests,
    // A start's alone: what was counted here began with a keeper that runs.
    rowsRead: 0,
    rowsWritten: day.objectRowsWritten,
    kvReads: day.kvReads,
    kvWrites: day.kvWrites,
  };
  const cost: Cost = costOf(usage);
  const keeperDuration = (1 + mirrors) * DURATION_OF_A_DAY;
  const { includedPerMonth, dollarsPerMillion, freePerDay } = PRICES.keeperDuration;
  const beyond = (perDay: number) =>
    (Math.max(0, perDay * DAYS_OF_A_MONTH - includedPerMonth) * dollarsPerMillion) / 1e6;
  return {
    perDay: { ...usage, keeperDuration },
    mirrorCalls: ((lane.counts.mirrorCalls + lane.counts.nudges) * DAY_S) / lane.seconds,
    dollarsPerMonth: cost.dollarsPerMonth - beyond(DURATION_OF_A_DAY) + beyond(keeperDuration),
    fitsFree: cost.fitsFree && keeperDuration <= freePerDay,
  };
}

function siteLines({ site, figures }: Report["sites"][number]): readonly string[] {
  const { name, rate, isolates, places } = site;
  return [
    "",
    `## A ${name} site`,
    "",
    `${rate} requests/s at ${isolates} isolates in regions ${places.join(" · ")} ms away (catalogue, ${percent(figures.writeShare)} writes), counted for ${Math.round(figures.lanes[0]?.seconds ?? 0).toLocaleString("en")} s, a day:`,
    "",
    table([
      [
        "policy",
        "Workers requests",
        "calls of the keeper",
        "of mirrors",
        "GB-s, if objects never sleep",
        "rows written",
        "KV reads",
        "KV writes",
        "$ a month",
        "of these, readers' own requests",
        "fits the free plan",
        "p99, ms",
        "mean wait, ms",
      ],
      ...figures.lanes.map(row),
    ]),
  ];
}

function row(lane: LaneFigures): readonly string[] {
  const { perDay, mirrorCalls, dollarsPerMonth, fitsFree } = dayOf(lane);
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const { includedPerMonth, dollarsPerMillion } = PRICES.workerRequests;
  const requests =
    (Math.max(0, perDay.workerRequests * DAYS_OF_A_MONTH - includedPerMonth) * dollarsPerMillion) / 1e6;
  return [
    lane.policy,
    whole(perDay.workerRequests),
    whole(perDay.keeperCalls - mirrorCalls),
    whole(mirrorCalls),
    whole(perDay.keeperDuration),
    whole(perDay.rowsWritten),
    whole(perDay.kvReads),
    whole(perDay.kvWrites),
    dollarsPerMonth.toFixed(2),
    requests.toFixed(2),
    fitsFree ? "yes" : "no",
    lane.p99Ms.toFixed(0),
    lane.meanMs.toFixed(1),
  ];
}

function verdictsOn(sites: Report["sites"]): readonly Verdict[] {
  const lanes = sites.flatMap(({ figures }) => figures.lanes);
  const small = sites.find(({ site }) => site.name === "small")?.figures.lanes[0];
  return [
    neverOlder("answers older than their bound", lanes),
    ...(small === undefined
      ? []
      : [
          {
            what: "the small site, without mirrors: stays inside the free plan",
            figure: `${Math.round((callsOf(small.counts) * DAY_S) / small.seconds).toLocaleString("en")} calls a day`,
            target: "yes",
            met: dayOf(small).fitsFree,
          },
        ]),
  ];
}
