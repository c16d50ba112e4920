import { percent } from "../harness/table.ts";
import type { Report as LobstersReport } from "../questions/workload/lobsters/report.ts";
import { placesOf } from "../questions/workload/regions/places.ts";
import type { Report as RegionsReport } from "../questions/workload/regions/report.ts";
import type { Report } from "../questions/workload/report.ts";
import type { ScenarioFigures } from "../questions/workload/scenario.ts";
import { policies } from "./policies.ts";
import { printed } from "./scale.ts";
import { takenOn } from "./svg.ts";

/** Neither beside the database nor across an ocean. */
const DISTANCE_MS = 60;

interface Taken extends Pick<Report, "machine" | "takenAt" | "seconds"> {}

/** One workload's scenario with the measured share of writes nearest to this one (the larger of two). */
export async function workload(report: Report, name: string, writeShare: number): Promise<string> {
  const scenario = scenarioOf("workload", report.scenarios, name, writeShare);
  const lanes = scenario.lanes.filter(({ originMs }) => originMs === DISTANCE_MS);
  if (lanes.length === 0)
    throw new Error(`workload.json has no figures of ${name} with the origin ${DISTANCE_MS} ms away`);
  return policies({
    title: `What does a hit buy? ${name}, ${percent(scenario.writeShare)} writes`,
    subtitle: subtitleOf(report, { ...scenario, lanes }, `the database ${DISTANCE_MS} ms away`),
    lanes,
  });
}

/** The published traffic of lobste.rs, along the bound. */
export async function lobsters(report: LobstersReport): Promise<string> {
  const { figures } = report;
  const { lanes, writeShare } = figures;
  return policies({
    title: `Lobsters, along the bound: the published mix, ${percent(writeShare)} writes`,
    subtitle: subtitleOf(report, figures, `the database ${lanes[0]?.originMs} ms away`),
    lanes,
  });
}

/** Readers in three regions that are all far from keeper and database. */
export async function regions(report: RegionsReport, name: string, writeShare: number): Promise<string> {
  const scenario = scenarioOf("regions", report.scenarios, name, writeShare);
  const lanes = scenario.lanes.filter(({ places, originMs }) => places.every((p) => p.originMs === originMs));
  const [first] = lanes;
  return policies({
    title: `Three regions: ${name}, ${percent(scenario.writeShare)} writes`,
    subtitle: subtitleOf(
      report,
      { ...scenario, lanes },
      `${first && placesOf(first)} from keeper and database`,
    ),
    lanes,
  });
}

function scenarioOf(
  file: string,
  scenarios: readonly ScenarioFigures[],
  name: string,
  writeShare: number,
): ScenarioFigures {
  const distance = (scenario: ScenarioFigures) => Math.abs(Math.log(scenario.writeShare / writeShare));
  const [nearest] = scenarios
    .filter(({ workload }) => workload === name)
    .sort((a, b) => distance(a) - distance(b) || b.writeShare - a.writeShare);
  if (nearest === undefined) throw new Error(`${file}.json has no scenario of ${name}; measure one first`);
  return nearest;
}

function subtitleOf(
  { machine, takenAt, seconds }: Taken,
  { rate, isolates, lanes }: ScenarioFigures,
  far: string,
) {
  return [
    `${rate} requests/s at ${isolates} isolates, ${far}; ${printed(lanes[0]?.reads ?? 0)} reads in ${seconds} s`,
    `${takenOn(machine, takenAt)} (virtual time)`,
  ];
}
