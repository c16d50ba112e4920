import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Gateway, startGateway } from "../demo/workerd.ts";
import { ADMIN_SECRET, PEERS, prepare } from "./hit-cost/cases.ts";
import { clientRequests } from "./hit-cost/client.ts";
import { type Figures, figuresOf } from "./hit-cost/figures.ts";
import { type Effort, measure } from "./hit-cost/measure.ts";
import { startOrigin } from "./hit-cost/origin.ts";
import { asMarkdown, asText, missed, type Report } from "./hit-cost/report.ts";
import { workerdPid } from "./load/cpu.ts";
import { Load } from "./load/load.ts";
import { describe, thisMachine } from "./machine.ts";

const USAGE = `npm run bench:hit-cost [-- options]

What a hit costs: the gateway next to Workers that do less, in one workerd. Exit code 1 only for wrong answers.

Options
  --sizes <KB,…>       bodies to measure (20)
  --rounds <n>         rounds; ratios are taken inside each (11)
  --slice <ms>         load that counts, per case and round (400)
  --connections <n>    keep-alive connections (16)
  --keys <n>           different queries, asked in turn (32)
  --write              write bench/results/hit-cost.json and .md
  --help               show this
`;

const KEY = "sb_publishable_bench";
const WARM_UP_MS = 1_000;

const { values: flags } = parseArgs({
  options: {
    sizes: { type: "string", default: "20" },
    rounds: { type: "string", default: "11" },
    slice: { type: "string", default: "400" },
    connections: { type: "string", default: "16" },
    keys: { type: "string", default: "32" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (flags.help) {
  process.stdout.write(USAGE);
} else {
  await main({
    sizes: flags.sizes.split(",").map((size) => wholeNumber("--sizes", size)),
    keys: wholeNumber("--keys", flags.keys),
    effort: {
      rounds: wholeNumber("--rounds", flags.rounds),
      sliceMs: wholeNumber("--slice", flags.slice),
      warmUpMs: WARM_UP_MS,
      connections: wholeNumber("--connections", flags.connections),
    },
  });
}

async function main(options: { sizes: number[]; keys: number; effort: Effort }): Promise<void> {
  const { sizes, keys, effort } = options;
  const machine = thisMachine();
  const at = new Date().toISOString();
  console.log(
    `${describe(machine)}\n${effort.connections} connections, ${keys} keys, load average ${machine.loadAverage}\n`,
  );

  const origin = await startOrigin();
  const load = new Load();
  let gateway: Gateway | undefined;
  const figures: Figures[] = [];
  try {
    gateway = await startGateway({
      env: { SUPABASE_URL: origin.url, SUPABASE_PUBLISHABLE_KEY: KEY, TIDEMARK_ADMIN_SECRET: ADMIN_SECRET },
      entry: moduleOf("gateway"),
      peers: Object.fromEntries(PEERS.map((name) => [name, moduleOf(name)])),
    });
    const { urlOf } = gateway;
    const server = { urlOf, pid: workerdPid() };
    for (const kilobytes of sizes) {
      const progress = (text: string) => console.error(`${kilobytes} KB: ${text}`);
      progress("filling memory and KV");
      const cases = await prepare(await clientRequests(KEY, kilobytes, keys), urlOf);
      const asked = origin.requests;
      figures.push(figuresOf(kilobytes, await measure(cases, effort, load, server, progress)));
      console.log(
        `${asText(figures.at(-1) as Figures)}\nThe origin was asked ${origin.requests - asked} times.\n`,
      );
    }
  } finally {
    load.stop();
    await gateway?.stop();
    await origin.stop();
  }

  for (const sentence of missed(figures)) console.log(sentence);
  if (flags.write) write({ machine, at, effort: { ...effort, keys }, sizes: figures });
  if (figures.some(({ cases }) => Object.values(cases).some(({ wrong }) => wrong > 0))) {
    console.error("Some answers were wrong: these figures mean nothing.");
    process.exitCode = 1;
  }
}

function write(report: Report): void {
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}hit-cost.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${folder}hit-cost.md`, asMarkdown(report));
  console.log("Written to bench/results/hit-cost.json and .md.");
}

function moduleOf(worker: string): string {
  return fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    console.error(`${flag} takes whole numbers from 1 on, not "${text}".`);
    process.exit(1);
  }
  return value;
}
