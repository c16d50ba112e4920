import { describe, type Machine } from "../machine.ts";
import { CASE_NAMES, CASES } from "./cases.ts";
import type { Figures, Ratio, Spread } from "./figures.ts";
import type { Effort } from "./measure.ts";

export interface Report {
  readonly machine: Machine;
  readonly at: string;
  readonly effort: Effort & { readonly keys: number };
  readonly sizes: readonly Figures[];
}

type Row = readonly string[];

/** When the constant Worker's requests/s differ more than this between quartiles, other programs had their say. */
const UNQUIET = 0.15;

/** Above this share of a core the load generator may have held the server up. */
const BUSY_GENERATOR = 0.9;

export function asMarkdown({ machine, at, effort, sizes }: Report): string {
  const { connections, keys, rounds, sliceMs } = effort;
  const parts = sizes.flatMap((figures) => [
    `## ${figures.kilobytes} KB`,
    table(caseRows(figures)),
    table(ratioRows(figures)),
    notes(figures).join("\n"),
  ]);
  return [
    "# What a hit costs",
    `${at.slice(0, 10)}. ${describe(machine)}.`,
    `${connections} connections, ${keys} keys, ${rounds} rounds of ${sliceMs} ms a case; median (quartiles). ` +
      "Made by `npm run bench:hit-cost -- --write`; [how to read it](../README.md).",
    ...parts,
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** The same for a terminal. */
export function asText(figures: Figures): string {
  return [
    `${figures.kilobytes} KB`,
    aligned(caseRows(figures)),
    aligned(ratioRows(figures)),
    notes(figures).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .replaceAll("**", "");
}

/** Targets that were missed, a sentence each. */
export function missed(sizes: readonly Figures[]): string[] {
  return sizes.flatMap(({ kilobytes, ratios }) =>
    ratios
      .filter(({ met }) => met === false)
      .map(
        (ratio) =>
          `MISSED at ${kilobytes} KB: ${nameOf(ratio)} is ${ratio.requestsPerSecond.median.toFixed(2)}, ` +
          `the target is ${ratio.target?.toFixed(2)}`.replaceAll("**", ""),
      ),
  );
}

function caseRows({ cases }: Figures): Row[] {
  return [
    ["Worker", "requests/s", "of constant", "CPU µs a request"],
    ...CASE_NAMES.map((name) => {
      const { requestsPerSecond, ofConstant, cpuMicroseconds } = cases[name];
      return [
        CASES[name].title,
        String(Math.round(requestsPerSecond.median)),
        printed(ofConstant),
        cpuMicroseconds === null ? "–" : printed(cpuMicroseconds, 1),
      ];
    }),
  ];
}

function ratioRows({ ratios }: Figures): Row[] {
  return [
    ["ratio", "of requests/s", "by CPU", "target", ""],
    ...ratios.map((ratio) => [
      nameOf(ratio),
      printed(ratio.requestsPerSecond),
      ratio.byCpu === null ? "–" : printed(ratio.byCpu),
      ratio.target === null ? "none" : `≥ ${ratio.target.toFixed(2)}`,
      ratio.met === null ? "" : ratio.met ? "met" : "**MISSED**",
    ]),
  ];
}

function nameOf({ of, to }: Ratio): string {
  return `${CASES[of].title} ÷ ${CASES[to].title}`.replaceAll("**", "");
}

/** How many answers were checked, and whatever makes the figures doubtful. */
function notes({ cases }: Figures): string[] {
  const all = CASE_NAMES.map((name) => ({ title: CASES[name].title, ...cases[name] }));
  const checked = all.reduce((sum, { checked }) => sum + checked, 0);
  const wrong = all.filter(({ wrong }) => wrong > 0);
  const { lowerQuartile, median, upperQuartile } = cases.constant.requestsPerSecond;
  const variation = (upperQuartile - lowerQuartile) / median;
  const busy = all.filter(({ generatorShare }) => generatorShare > BUSY_GENERATOR);
  return [
    `${checked} answers checked (status, Cache-Status, every byte), ${wrong.length === 0 ? "none wrong" : "SOME WRONG"}.`,
    ...wrong.map(
      ({ title, wrong, checked, firstWrong }) => `${title}: ${wrong} of ${checked} wrong: ${firstWrong}.`,
    ),
    ...(variation > UNQUIET
      ? [
          `The constant Worker's own requests/s differ by ${Math.round(variation * 100)} % between quartiles: ` +
            "the machine was not quiet, and these ratios are no more than hints.",
        ]
      : []),
    ...busy.map(
      ({ title, generatorShare }) =>
        `${title}: the load generator used ${Math.round(generatorShare * 100)} % of a core and may be what was measured.`,
    ),
  ];
}

function printed({ median, lowerQuartile: low, upperQuartile: high }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function table([head = [], ...rows]: Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function aligned(rows: Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => plain(row[column]).length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? plain(cell).padEnd(width) : plain(cell).padStart(width);
        })
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

function plain(cell = ""): string {
  return cell.replaceAll("**", "");
}
