import type { Machine } from "../harness/machine.ts";
import { COLOURS } from "./palette.ts";
import { GAP, names, nameWidth, spans } from "./rows.ts";
import { INNER_WIDTH, svgOf, takenOn } from "./svg.ts";

/** bench/results/capture.json */
export interface CaptureReport {
  readonly machine: Machine;
  readonly at: string;
  readonly rounds: number;
  readonly postgres: { readonly server_version: string; readonly fsync: string };
  readonly figures: readonly {
    readonly name: string;
    readonly target?: number;
    readonly ratio: number;
    readonly quartiles: readonly [number, number];
  }[];
}

export async function capture({ machine, at, rounds, postgres, figures }: CaptureReport): Promise<string> {
  const rows = figures.map(({ name, ratio, quartiles: [low, high], target }) => {
    const missed = target !== undefined && ratio > target;
    const verdict = target === undefined ? "" : ` (≤ ${target}: ${missed ? "missed" : "met"})`;
    const label = `${ratio.toFixed(2)}${verdict}`;
    return { name, colour: COLOURS.tidemark, low, dot: ratio, high, tick: target, label, missed };
  });
  return svgOf({
    title: "What does capture cost those who write?",
    subtitle: [
      `time (of many rows: CPU) with capture ÷ without, median and quartiles of ${rounds} rounds; ` +
        `PostgreSQL ${postgres.server_version}, fsync ${postgres.fsync}`,
      takenOn(machine, at),
    ],
    columns: 2,
    spacing: GAP,
    panels: [
      names(rows),
      spans(rows, {
        title: "● median  ━ quartiles  │ target",
        width: INNER_WIDTH - nameWidth(rows) - GAP,
        labelWidth: 130,
        one: true,
      }),
    ],
  });
}
