import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureWorkers } from "./hit-cost/in-workerd.ts";
import { asMarkdown, asText, type Report, verdicts } from "./hit-cost/report.ts";
import { compareClients } from "./hit-cost/supabase-js/compare.ts";
import { comparisonAsText } from "./hit-cost/supabase-js/report.ts";
import { describe, thisMachine } from "./machine.ts";

const USAGE = `npm run bench:hit-cost [-- options]

What a hit costs: the gateway next to Workers that do less, in one workerd, and supabase-js with and without it.
Exit code 1 only for wrong answers.

Options
  --full               the long form: 1, 20 and 500 KB, 21 rounds of 400 ms; some eight minutes
  --sizes <KB,…>       bodies to measure (20)
  --rounds <n>         rounds; ratios are taken inside each (7)
  --slice <ms>         load that counts, per case and round (300)
  --connections <n>    keep-alive connections (16)
  --keys <n>           different queries, asked in turn (32)
  --write              write bench/results/hit-cost.json and .md
  --help               show this
`;

const WARM_UP_MS = 400;

const { values: flags } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    sizes: { type: "string" },
    rounds: { type: "string" },
    slice: { type: "string" },
    connections: { type: "string", default: "16" },
    keys: { type: "string", default: "32" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (flags.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const sizes = (flags.sizes ?? (flags.full ? "1,20,500" : "20")).split(",");
  const options = {
    sizes: sizes.map((size) => wholeNumber("--sizes", size)),
    keys: wholeNumber("--keys", flags.keys),
    effort: {
      rounds: wholeNumber("--rounds", flags.rounds ?? (flags.full ? "21" : "7")),
      sliceMs: wholeNumber("--slice", flags.slice ?? (flags.full ? "400" : "300")),
      warmUpMs: WARM_UP_MS,
      connections: wholeNumber("--connections", flags.connections),
    },
  };
  const { keys, effort } = options;
  const machine = thisMachine();
  const at = new Date().toISOString();
  console.log(
    `${describe(machine)}\n${effort.connections} connections, ${keys} keys, load average ${machine.loadAverage}\n`,
  );
  const figures = await measureWorkers(options, console.error, (ofSize, asked) =>
    console.log(`${asText(ofSize)}\n${asked}\n`),
  );
  // Half as many rounds tell what is several times as fast as something else.
  const ofClients = { rounds: Math.ceil(effort.rounds / 2), sliceMs: effort.sliceMs };
  const supabaseJs = await compareClients(ofClients, (text) => console.error(`supabase-js: ${text}`));
  console.log(`${comparisonAsText(supabaseJs)}\n`);

  for (const sentence of verdicts(figures)) console.log(sentence);
  const report = { machine, at, effort: { ...effort, keys }, sizes: figures, supabaseJs };
  if (flags.write) write(report);
  if (hasWrong(report)) {
    console.error("Some answers were wrong: these figures mean nothing.");
    process.exitCode = 1;
  }
}

function hasWrong({ sizes, supabaseJs }: Report): boolean {
  const all = [...sizes.flatMap(({ cases }) => Object.values(cases)), ...supabaseJs.routes];
  return all.some(({ wrong }) => wrong > 0);
}

function write(report: Report): void {
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}hit-cost.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${folder}hit-cost.md`, asMarkdown(report));
  console.log("Written to bench/results/hit-cost.json and .md.");
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    console.error(`${flag} takes whole numbers from 1 on, not "${text}".`);
    process.exit(1);
  }
  return value;
}
