import type { Machine } from "../harness/machine.ts";
import { COLOURS } from "./palette.ts";
import { bars, GAP, names, nameWidth } from "./rows.ts";
import { printed } from "./scale.ts";
import { INNER_WIDTH, svgOf, takenOn } from "./svg.ts";

/** bench/results/invalidation.json */
export interface InvalidationReport {
  readonly machine: Machine;
  readonly queries: number;
  readonly changes: number;
  readonly answers: number;
  readonly wrong: readonly string[];
  readonly clairvoyant: number;
  readonly precise: number;
  readonly tables: number;
}

/** The target: Tidemark's requests ÷ the clairvoyant's, at most. */
const MOST_OF_CLAIRVOYANT = 1.2;

export async function invalidation(report: InvalidationReport): Promise<string> {
  const { clairvoyant, precise, tables, queries, changes, answers, wrong } = report;
  const rows = [
    { name: "clairvoyant", colour: COLOURS.clairvoyant, value: clairvoyant },
    { name: "Tidemark, row by row", colour: COLOURS.tidemark, value: precise },
    { name: "tables flushed", colour: COLOURS.other, value: tables },
  ].map((row) => ({ ...row, label: `${printed(row.value)} (${(row.value / clairvoyant).toFixed(2)}×)` }));
  const verdict = precise <= MOST_OF_CLAIRVOYANT * clairvoyant ? "met" : "missed";
  return svgOf({
    title: "What does a change cost the database?",
    subtitle: [
      `${changes} changes under ${queries} cached queries; ${printed(answers)} answers compared, ${wrong.length} wrong`,
      takenOn(report.machine),
    ],
    columns: 2,
    spacing: GAP,
    panels: [
      names(rows),
      bars(rows, {
        title: `origin requests; target for Tidemark: ≤ ${MOST_OF_CLAIRVOYANT}× (${verdict})`,
        width: INNER_WIDTH - nameWidth(rows) - GAP,
        labelWidth: 110,
      }),
    ],
  });
}
