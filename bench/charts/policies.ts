import { percent } from "../harness/table.ts";
import { isTidemark, type LaneFigures } from "../questions/workload/lane.ts";
import { COLOURS, shadeOf } from "./palette.ts";
import { bars, GAP, names, nameWidth, spans } from "./rows.ts";
import { printed } from "./scale.ts";
import { INNER_WIDTH, svgOf } from "./svg.ts";

const REQUESTS_WIDTH = 140;
const STALE_WIDTH = 120;
const OLDEST_WIDTH = 110;

interface Comparison {
  readonly title: string;
  readonly subtitle: readonly string[];
  readonly lanes: readonly LaneFigures[];
}

/** Policies along one trace: what each asks of the origin, how stale it is, and what its readers wait for. */
export async function policies({ title, subtitle, lanes }: Comparison): Promise<string> {
  const rows = lanes.map((lane) => ({ ...lane, name: lane.policy, colour: colourOf(lane, lanes) }));
  const waitWidth = INNER_WIDTH - nameWidth(rows) - REQUESTS_WIDTH - STALE_WIDTH - OLDEST_WIDTH - 4 * GAP;
  return svgOf({
    ...{ title, subtitle },
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

function colourOf(lane: LaneFigures, lanes: readonly LaneFigures[]): string {
  if (lane.policy === "clairvoyant") return COLOURS.clairvoyant;
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
