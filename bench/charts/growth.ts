import type { Curve } from "../questions/growth/curve.ts";
import type { Report } from "../questions/growth/report.ts";
import { type Chosen, type Line, linesOf } from "./lines.ts";
import { COLOURS } from "./palette.ts";
import { logTicks, printed, SHORT_NUMBER } from "./scale.ts";
import { type Panel, svgOf, takenOn } from "./svg.ts";

const CHOSEN: readonly Chosen[] = [
  { curve: "Registered queries", x: "registered", y: ["µs a change, median", "p99"], says: "µs a change" },
  { curve: "Changes a second", x: "changes/s", y: ["% of its time"], says: "% of the keeper's time" },
  { curve: "Keys", x: "keys", y: ["ns a hit, median"], says: "ns a hit, median" },
  { curve: "Isolates", x: "isolates", y: ["keeper calls/s"], says: "keeper calls/s" },
  {
    curve: "What the proof costs",
    x: "requests/s",
    y: ["keeper calls per 1,000 hits"],
    says: "keeper calls per 1,000 hits, by bound",
    lineFor: "bound, s",
  },
  {
    curve: "A crowd at a cold key",
    x: "at once",
    y: ["origin requests", "p99 ÷ single"],
    says: "multiples of a single request",
  },
];

const WIDTH = 205;
const HEIGHT = 140;
const GAPS = { column: 56, row: 98 };

export async function growth(report: Report): Promise<string> {
  return svgOf({
    title: "How does it grow?",
    subtitle: ["all axes are logarithmic", takenOn(report.machine, report.takenAt)],
    columns: 3,
    spacing: GAPS,
    panels: CHOSEN.map((chosen) => {
      const curve = curveOf(report, chosen.curve);
      return panelOf(chosen, linesOf(chosen, curve));
    }),
  });
}

function curveOf({ curves }: Report, title: string): Curve {
  const found = curves.find((curve) => curve.title === title);
  if (found === undefined) throw new Error(`growth.json has no curve “${title}”; measure it first`);
  return found;
}

function panelOf({ curve, x, says }: Chosen, lines: readonly Line[]): Panel {
  const points = lines.flatMap((line, rank) => labelled(line, rank, lines.length));
  const at = (field: "x" | "y", title: string | null, range: [number, number]) => {
    const all = points.map((point) => point[field]);
    const domain: [number, number] = [Math.min(...all), Math.max(...all)];
    const scale = { type: "log" as const, domain, range, nice: false };
    const axis = { title, values: logTicks(...domain), labelExpr: SHORT_NUMBER };
    return { field, type: "quantitative" as const, scale, axis };
  };
  const colour = { field: "colour", type: "nominal", scale: null } as const;
  const align = { expr: "datum.align" };
  const dy = { expr: "datum.dy" };
  return {
    data: { values: points },
    title: { text: curve, subtitle: says, offset: 8 },
    width: WIDTH,
    height: HEIGHT,
    encoding: { x: at("x", x, [8, WIDTH - 8]), y: at("y", null, [HEIGHT - 20, 20]) },
    layer: [
      {
        mark: { type: "line", strokeWidth: 2 },
        encoding: { stroke: colour, detail: { field: "line", type: "nominal" } },
      },
      { mark: { type: "point", filled: true, size: 36, opacity: 1 }, encoding: { color: colour } },
      {
        mark: { type: "text", align, dy, color: COLOURS.ink },
        encoding: { text: { field: "label", type: "nominal" } },
      },
    ],
  };
}

/** One line: figures at its ends. Two: name and figure at the right, the first line's below it. More: names halfway. */
function labelled({ name, colour, points }: Line, rank: number, lines: number) {
  const last = points.length - 1;
  const labelAt = (index: number, figure: string) => {
    if (lines === 1) return index === 0 || index === last ? figure : "";
    if (lines === 2) return index === last ? `${name}: ${figure}` : "";
    return index === Math.floor(points.length / 2) ? name : "";
  };
  return points.map(({ x, y }, index) => ({
    ...{ x, y, colour },
    line: name,
    label: labelAt(index, printed(y)),
    align: index === 0 ? "left" : index === last ? "right" : "center",
    dy: (lines === 2 && rank === 0) || (lines === 1 && index === 0) ? 13 : -12,
  }));
}
