import type { LaneFigures } from "../questions/workload/lane.ts";
import type { Report } from "../questions/workload/report.ts";
import type { ScenarioFigures } from "../questions/workload/scenario.ts";
import { percent } from "../questions/workload/targets.ts";
import { COLOURS, shadeOf } from "./palette.ts";
import { bars, GAP, names, nameWidth, spans } from "./rows.ts";
import { printed } from "./scale.ts";
import { INNER_WIDTH, svgOf, takenOn } from "./svg.ts";

/** Neither beside the database nor across an ocean. */
const DISTANCE_MS = 60;

const REQUESTS_WIDTH = 140;
const STALE_WIDTH = 120;
const OLDEST_WIDTH = 110;

/** One workload's scenario with the measured share of writes nearest to this one (the larger of two). */
export async function workload(report: Report, name: string, writeShare: number): Promise<string> {
  const scenario = scenarioOf(report, name, writeShare);
  const lanes = scenario.lanes.filter(({ originMs }) => originMs === DISTANCE_MS);
  if (lanes.length === 0)
    throw new Error(`workload.json has no figures of ${name} with the origin ${DISTANCE_MS} ms away`);
  const rows = lanes.map((lane) => ({ ...lane, name: lane.policy, colour: colourOf(lane, lanes) }));
  const [{ reads } = { reads: 0 }] = rows;
  const waitWidth = INNER_WIDTH - nameWidth(rows) - REQUESTS_WIDTH - STALE_WIDTH - OLDEST_WIDTH - 4 * GAP;
  return svgOf({
    title: `What does a hit buy? ${name}, ${percent(scenario.writeShare)} writes`,
    subtitle: [
      `${scenario.rate} requests/s at ${scenario.isolates} isolates, the database ${DISTANCE_MS} ms away; ` +
        `${printed(reads)} reads in ${report.seconds} s`,
      `${takenOn(report.machine, report.takenAt)} (virtual time)`,
    ],
    columns: 5,
    spacing: GAP,
    panels: [
      names(rows),
      bars(
        rows.map((row) => ({ ...row, ...counted(row.counts.originRequests) })),
        { title: "origin requests", width: REQUESTS_WIDTH, labelWidth: 45 },
      ),
      bars(
        rows.map((row) => ({ ...row, value: row.stale, label: percent(row.stale / row.reads) })),
        { title: "stale answers", width: STALE_WIDTH, labelWidth: 50 },
      ),
      bars(
        rows.map((row) => ({ ...row, value: row.oldestMs, label: ageOf(row) })),
        { title: "the oldest", width: OLDEST_WIDTH, labelWidth: 45 },
      ),
      spans(
        rows.map((row) => ({ ...row, ...waitOf(row) })),
        { title: "wait, ms: ● p50 │ mean ○ p99", width: waitWidth, labelWidth: 100 },
      ),
    ],
  });
}

function scenarioOf({ scenarios }: Report, name: string, writeShare: number): ScenarioFigures {
  const distance = (scenario: ScenarioFigures) => Math.abs(Math.log(scenario.writeShare / writeShare));
  const [nearest] = scenarios
    .filter(({ workload }) => workload === name)
    .sort((a, b) => distance(a) - distance(b) || b.writeShare - a.writeShare);
  if (nearest === undefined) throw new Error(`workload.json has no scenario of ${name}; measure one first`);
  return nearest;
}

function colourOf(lane: LaneFigures, lanes: readonly LaneFigures[]): string {
  if (lane.policy === "clairvoyant") return COLOURS.clairvoyant;
  const isTidemark = ({ policy }: LaneFigures) => policy.startsWith("tidemark");
  const bounds = lanes.filter(isTidemark).map(({ boundMs }) => boundMs ?? 0);
  return isTidemark(lane) ? shadeOf(lane.boundMs ?? 0, bounds) : COLOURS.other;
}

function counted(value: number) {
  return { value, label: printed(value) };
}

function ageOf({ stale, oldestMs, olderThanBound }: LaneFigures): string {
  if (stale === 0) return "none";
  return `${printed(oldestMs / 1_000)} s${olderThanBound > 0 ? " (!)" : ""}`;
}

function waitOf({ p50Ms, meanMs, p99Ms }: LaneFigures) {
  return {
    low: Math.min(p50Ms, meanMs),
    dot: p50Ms,
    tick: meanMs,
    ring: p99Ms,
    high: p99Ms,
    label: [p50Ms, meanMs, p99Ms].map(printed).join(" · "),
  };
}
