import { resolve } from "node:path";
import { benchCommand, numberOf } from "../../harness/command.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { median } from "../../harness/quantile.ts";
import { writeResults } from "../../harness/results.ts";
import { BEFORE, type CaseName, STEPS } from "./cases.ts";
import { measureFills, type Round } from "./measure.ts";

export const fillCostCommand = benchCommand({
  name: "fill-cost",
  description:
    "Where a fill's CPU time goes: its steps one by one in workerd, and beside another checkout's fill",
  args: {
    size: { type: "string", description: "Kilobytes of the bodies", default: "20" },
    rounds: {
      type: "string",
      description: "Rounds; differences and ratios are taken inside each",
      default: "7",
    },
    slice: {
      type: "string",
      description: "Milliseconds of load that count, per case and round",
      default: "400",
    },
    connections: { type: "string", description: "Keep-alive connections", default: "16" },
    before: { type: "string", description: "The path of another checkout, whose fill is measured in turn" },
    write: { type: "boolean", description: "Write bench/results/fill-cost.md", default: false },
  },
  run: async ({ size, rounds, slice, connections, before, write }) => {
    const machine = thisMachine();
    const effort = {
      kilobytes: numberOf("--size", size),
      rounds: numberOf("--rounds", rounds),
      sliceMs: numberOf("--slice", slice),
      connections: numberOf("--connections", connections),
    };
    const measured = await measureFills(effort, before ? resolve(before) : null, console.error);
    const text = [
      "# Where a fill's CPU time goes",
      `${describe(machine)}; load average ${machine.loadAverage}. ${size} KB, ${rounds} rounds of ${slice} ms, ${connections} connections; CPU of workerd, all threads, origin not included.`,
      tableOf(measured),
      ...(before ? [againstBefore(measured)] : []),
    ].join("\n\n");
    console.log(text);
    if (write) writeResults("fill-cost", `${text}\n`);
    const wrong = measured.flatMap((round) => Object.values(round)).filter((result) => result.wrong > 0);
    if (wrong.length === 0) return;
    console.error(`Some answers were wrong: these figures mean nothing. ${wrong[0]?.firstWrong}`);
    process.exitCode = 1;
  },
});

function tableOf(rounds: readonly Round[]): string {
  const lines = [
    "| step | µs of CPU a request, median | more than the step before |",
    "| --- | ---: | ---: |",
  ];
  let last: CaseName | null = null;
  for (const [name, title] of STEPS) {
    const more =
      last === null ? "" : micros(rounds.map((round) => cpu(round, name) - cpu(round, last as CaseName)));
    lines.push(`| ${title} | ${micros(rounds.map((round) => cpu(round, name)))} | ${more} |`);
    last = name;
  }
  return lines.join("\n");
}

function againstBefore(rounds: readonly Round[]): string {
  const ratios = rounds.map((round) => cpu(round, "gateway") / cpu(round, BEFORE));
  const above = (name: CaseName) => rounds.map((round) => cpu(round, name) - cpu(round, "with-kv"));
  const ofOurs = rounds.map((_, at) => (above("gateway")[at] ?? 0) / (above(BEFORE)[at] ?? 1));
  return (
    `Before: ${micros(rounds.map((round) => cpu(round, BEFORE)))} µs; now ÷ before: ${median(ratios).toFixed(2)} ` +
    `(${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}). Of what is above the steps: ` +
    `${micros(above(BEFORE))} µs before, ${micros(above("gateway"))} now, ÷ ${median(ofOurs).toFixed(2)}.`
  );
}

function cpu(round: Round, name: CaseName): number {
  const result = round[name];
  return result?.serverCpuMs == null ? Number.NaN : (1_000 * result.serverCpuMs) / result.answers;
}

function micros(values: readonly number[]): string {
  return Math.round(median(values)).toLocaleString("en-US");
}
