import { CASES, type CaseName } from "../questions/hit-cost/cases.ts";
import { type Ratio, TARGET_KILOBYTES } from "../questions/hit-cost/figures.ts";
import type { Report } from "../questions/hit-cost/report.ts";
import type { Spread } from "../questions/hit-cost/spread.ts";
import { COLOURS } from "./palette.ts";
import { GAP, names, nameWidth, type Span, spans } from "./rows.ts";
import { printed } from "./scale.ts";
import { INNER_WIDTH, svgOf, takenOn } from "./svg.ts";

const TITLE = "What does a hit cost?";

export async function hitCost(report: Report): Promise<string> {
  const { cases } = sizeOf(report);
  const rows = Object.entries(cases).map(([name, figures]) => ({ ...rowOf(name), ...figures }));
  const rates = rows.map((row) => ({ ...row, ...quartiles(row.requestsPerSecond) }));
  const cpu = rows.flatMap((row) =>
    row.cpuMicroseconds === null ? [] : [{ ...row, ...quartiles(row.cpuMicroseconds) }],
  );
  const width = (INNER_WIDTH - nameWidth(rows)) / 2 - GAP;
  return svgOf({
    title: `${TITLE} ${TARGET_KILOBYTES} KB from each Worker`,
    subtitle: subtitleOf(report),
    columns: 3,
    spacing: GAP,
    panels: [
      names(rows),
      spans(rates, { title: "requests/s: more is better", width, labelWidth: 60 }),
      // A row without CPU time is left blank, not omitted, because its name is on the left.
      spans(cpu, { title: "CPU µs a request: less is better", width, labelWidth: 60 }),
    ],
  });
}

export async function hitCostRatios(report: Report): Promise<string> {
  const rows = sizeOf(report).ratios.map(ratioRow);
  const width = INNER_WIDTH - nameWidth(rows) - GAP;
  return svgOf({
    title: `${TITLE} Ratios of requests/s, at ${TARGET_KILOBYTES} KB`,
    subtitle: subtitleOf(report),
    columns: 2,
    spacing: GAP,
    panels: [
      names(rows),
      spans(rows, { title: "● median  ━ quartiles  │ target", width, labelWidth: 140, one: true }),
    ],
  });
}

function sizeOf({ sizes }: Report) {
  const found = sizes.find(({ kilobytes }) => kilobytes === TARGET_KILOBYTES);
  if (found === undefined)
    throw new Error(`hit-cost.json has no figures of ${TARGET_KILOBYTES} KB; measure them first`);
  return found;
}

function subtitleOf({ machine, at, effort }: Report): readonly string[] {
  const { rounds, sliceMs, connections } = effort;
  return [
    `median and quartiles of ${rounds} rounds of ${sliceMs} ms a case; ${connections} connections`,
    takenOn(machine, at),
  ];
}

export function caseTitle(name: string): string {
  return caseOf(name).title.replaceAll("**", "");
}

function rowOf(name: string) {
  const isOurs = caseOf(name).worker.startsWith("gateway");
  return { name: caseTitle(name), colour: isOurs ? COLOURS.tidemark : COLOURS.other };
}

/** A case that is no longer measured keeps its name from the results. */
function caseOf(name: string): { readonly title: string; readonly worker: string } {
  return name in CASES ? CASES[name as CaseName] : { title: name, worker: name };
}

function quartiles({ lowerQuartile, median, upperQuartile }: Spread) {
  return { low: lowerQuartile, dot: median, high: upperQuartile, label: printed(median) };
}

function ratioRow({ of, to, requestsPerSecond, target, met }: Ratio): Span {
  // With two digits, 0.849 would miss a target of 0.85 and print as 0.85.
  const figure = requestsPerSecond.median.toFixed(3);
  return {
    ...quartiles(requestsPerSecond),
    name: `${caseTitle(of)} ÷ ${caseTitle(to)}`,
    colour: COLOURS.tidemark,
    tick: target ?? undefined,
    label: target === null ? figure : `${figure} (≥ ${target.toFixed(2)}: ${met ? "met" : "missed"})`,
    missed: met === false,
  };
}
