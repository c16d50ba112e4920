import { describe, type Machine } from "../../harness/machine.ts";
import { type Curve, text } from "./curve.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly curves: readonly Curve[];
}

export function asMarkdown({ machine, takenAt, curves }: Report): string {
  const targets = curves.flatMap((curve) => curve.targets ?? []);
  return [
    "# How does it grow?",
    "",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}, load average ${machine.loadAverage} before the run.`,
    "Times are this machine's, and counts everybody's. How it is measured: [bench/README.md](../README.md).",
    ...(targets.length === 0 ? [] : ["", "## Targets", ""]),
    ...(targets.length === 0 ? [] : ["| what | figure | target | |", "| --- | ---: | ---: | --- |"]),
    ...targets.map(
      ({ what, figure, target, met }) =>
        `| ${what} | ${figure} | ${target} | ${met ? "met" : "**missed**"} |`,
    ),
    ...curves.flatMap(lines),
    "",
  ].join("\n");
}

function lines({ title, how, head, rows, bend }: Curve): readonly string[] {
  return [
    "",
    `## ${title}`,
    "",
    how,
    "",
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---:").join(" | ")} |`,
    ...rows.map((row) => `| ${row.map(text).join(" | ")} |`),
    "",
    bend,
  ];
}
