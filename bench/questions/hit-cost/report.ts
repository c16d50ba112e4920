import { describe, type Machine } from "../../harness/machine.ts";
import { aligned, plain, type Row, table } from "../../harness/table.ts";
import { CASE_NAMES, CASES } from "./cases.ts";
import { type Figures, type Ratio, TARGET_KILOBYTES } from "./figures.ts";
import type { Effort } from "./measure.ts";
import type { Comparison as SignedIn } from "./signed-in/figures.ts";
import { signedInAsMarkdown } from "./signed-in/report.ts";
import { printed } from "./spread.ts";
import type { Comparison } from "./supabase-js/figures.ts";
import { comparisonAsMarkdown } from "./supabase-js/report.ts";

export interface Report {
  readonly machine: Machine;
  readonly at: string;
  readonly effort: Effort & { readonly keys: number };
  readonly sizes: readonly Figures[];
  readonly supabaseJs: Comparison;
  readonly signedIn: SignedIn;
}

/** If the constant Worker's requests/s differ more than this between quartiles, other programs disturbed the run. */
const UNQUIET = 0.15;

/** Above this share of a core the load generator may have held the server up. */
const BUSY_GENERATOR = 0.9;

export function asMarkdown({ machine, at, effort, sizes, supabaseJs, signedIn }: Report): string {
  const parts = sizes.flatMap((figures) => [
    `## ${figures.kilobytes} KB`,
    table(caseRows(figures)),
    table(ratioRows(figures)),
    notes(figures).join("\n"),
  ]);
  return [
    ...headingOf("What a hit costs", { machine, at, effort }),
    ...parts,
    comparisonAsMarkdown(supabaseJs),
    signedInAsMarkdown(signedIn),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** What a page of figures begins with. */
export function headingOf(
  title: string,
  { machine, at, effort }: Pick<Report, "machine" | "at" | "effort">,
): string[] {
  const { connections, keys, rounds, sliceMs } = effort;
  return [
    `# ${title}`,
    `${at.slice(0, 10)}. ${describe(machine)}.`,
    `${connections} connections, ${keys} keys, ${rounds} rounds of ${sliceMs} ms a case; median (quartiles). ` +
      "Made by `npm run bench:hit-cost -- --full --write`; [how to read it](../README.md).",
  ];
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
    .join("\n\n");
}

/** Each target of a run, and whether it was met: a sentence each. */
export function verdicts(sizes: readonly Figures[]): string[] {
  const sentences = sizes.flatMap(({ kilobytes, ratios }) =>
    ratios
      .filter(({ met }) => met !== null)
      .map((ratio) => {
        const { target, met, requestsPerSecond } = ratio;
        const verdict = `${met ? "met" : "MISSED"} at ${kilobytes} KB: ${nameOf(ratio)}`;
        return `${verdict} is ${requestsPerSecond.median.toFixed(3)}, the target is ${target?.toFixed(2)}`;
      }),
  );
  return sentences.length > 0 ? sentences : [`The targets are for ${TARGET_KILOBYTES} KB.`];
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
  return plain(`${CASES[of].title} ÷ ${CASES[to].title}`);
}

/** How many answers were checked, and reasons to doubt the figures. */
function notes({ cases }: Figures): string[] {
  const all = CASE_NAMES.map((name) => ({ title: plain(CASES[name].title), ...cases[name] }));
  const checked = all.reduce((sum, { checked }) => sum + checked, 0);
  const wrong = all.filter(({ wrong }) => wrong > 0);
  const { lowerQuartile, median, upperQuartile } = cases.constant.requestsPerSecond;
  const variation = (upperQuartile - lowerQuartile) / median;
  const busy = all.filter(({ generatorShare }) => generatorShare > BUSY_GENERATOR);
  return [
    `${checked} answers checked (status, Cache-Status, every byte), ${wrong.length === 0 ? "none wrong" : "SOME WRONG"}.`,
    keeperNote(cases),
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

/** How much of the keeper's work is in a figure. */
function keeperNote({ memory, syncShared, sync, fill }: Figures["cases"]): string {
  const digits = (value: number) => value.toPrecision(2);
  return (
    `By the keeper's count, syncs a read: ${digits(sync.syncsPerRead)} with 1 connection, ` +
    `${digits(syncShared.syncsPerRead)} where reads share them, ${digits(memory.syncsPerRead)} of a memory hit; ` +
    `fills a read: ${digits(fill.fillsPerRead)} of a new key.`
  );
}
