import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "./machine.ts";
import { POLICIES, TIDEMARK } from "./workload/policies/all.ts";
import { asMarkdown, faultsOf, type Report } from "./workload/report.ts";
import { run, type Scenario } from "./workload/scenario.ts";
import { BLOG } from "./workload/trace/blog.ts";
import type { Workload } from "./workload/trace/shapes.ts";
import { CATALOGUE, COUNTERS } from "./workload/trace/shop.ts";

const USAGE = `node bench/workload.ts [options]

What a hit buys: caches side by side along one trace over a real PostgreSQL, in virtual time.
Exit code 1 only when the figures cannot be trusted.

Options
  --seconds <n>         of each trace that count (20; 120 with --full)
  --rate <n>            requests a second, reads and writes together (150)
  --isolates <n>        that the readers meet (4)
  --distances <ms,…>    from the readers to the database and back (5,150; 5,60,150 with --full)
  --keeper <share>      of that distance to the keeper, which lives beside the database (1)
  --policies <name,…>   only those whose names contain one of these
  --seed <n>            of the traces (20261121)
  --scenarios <w:n,…>   of catalogue, blog, counters, each with a share of writes (counters:0.1)
  --full                every workload with 0.1, 1, 5 and 20 % of writes
  --write               write bench/results/workload.json and .md
  --help                show this
`;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string" },
    rate: { type: "string", default: "150" },
    isolates: { type: "string", default: "4" },
    distances: { type: "string" },
    keeper: { type: "string", default: "1" },
    policies: { type: "string", default: "" },
    seed: { type: "string", default: "20261121" },
    scenarios: { type: "string", default: "counters:0.1" },
    full: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** A copy lives for a minute: before that has passed no cache by time has asked anything anew. */
const WARM_UP_S = 65;
const WORKLOADS = [CATALOGUE, BLOG, COUNTERS];
const FULL = WORKLOADS.flatMap((workload) =>
  [0.001, 0.01, 0.05, 0.2].map((share): readonly [Workload, number] => [workload, share]),
);
const SMALL_SITE = { rate: 1, isolates: 2, distancesMs: [60] };

if (flags.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const machine = thisMachine();
  const takenAt = new Date().toISOString();
  const seconds = numberOf("--seconds", flags.seconds ?? (flags.full ? "120" : "20"));
  const distances = flags.distances ?? (flags.full ? "5,60,150" : "5,150");
  const names = flags.policies.split(",").filter((name) => name !== "");
  const isChosen = ({ name }: { readonly name: string }) =>
    names.length === 0 || names.some((part) => name.includes(part));
  const common = {
    seconds,
    warmUpSeconds: WARM_UP_S,
    // The short form saves where nothing counts yet.
    warmUpShare: flags.full ? 1 : 0.25,
    rate: numberOf("--rate", flags.rate),
    isolates: numberOf("--isolates", flags.isolates),
    distancesMs: distances.split(",").map((text) => numberOf("--distances", text)),
    keeperShare: numberOf("--keeper", flags.keeper),
    policies: POLICIES.filter(isChosen),
    seed: numberOf("--seed", flags.seed),
  };
  const scenarios = [];
  for (const [workload, writeShare] of flags.full ? FULL : scenariosOf(flags.scenarios))
    scenarios.push(await told({ ...common, workload, writeShare }));
  const policies = TIDEMARK.filter(isChosen);
  const smallSeconds = flags.full ? 3_600 : 300;
  const small = {
    ...common,
    ...SMALL_SITE,
    seconds: smallSeconds,
    warmUpShare: 1,
    workload: CATALOGUE,
    writeShare: 0.01,
    policies,
  };
  const report: Report = {
    ...{ machine, takenAt, seconds, keeperShare: common.keeperShare, scenarios },
    small: policies.length > 0 ? await told(small) : null,
  };
  process.stdout.write(`\n${asMarkdown(report)}`);
  const faults = faultsOf(report);
  for (const fault of faults.slice(0, 20)) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
  if (flags.write) write(report);
}

/** Says on the way what is done, for those who wait. */
async function told(scenario: Scenario) {
  const begun = performance.now();
  const figures = await run(scenario);
  const took = ((performance.now() - begun) / 1_000).toFixed(0);
  const what = `${scenario.workload.name}, ${scenario.rate} requests/s, ${100 * scenario.writeShare} % writes`;
  process.stderr.write(`${what}: ${figures.lanes.length} lanes in ${took} s\n`);
  return figures;
}

function write(report: Report): void {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileURLToPath(new URL("workload.md", folder)), asMarkdown(report));
  writeFileSync(fileURLToPath(new URL("workload.json", folder)), `${JSON.stringify(report, null, 1)}\n`);
}

/** By default the one that our targets are about, and that we find hardest. */
function scenariosOf(text: string): readonly (readonly [Workload, number])[] {
  return text.split(",").map((part) => {
    const [name, share = ""] = part.split(":");
    const workload = WORKLOADS.find((known) => known.name === name);
    if (workload === undefined) throw new Error(`--scenarios: no workload is named ${name}`);
    return [workload, numberOf("--scenarios", share)];
  });
}

function numberOf(flag: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number) && number >= 0) return number;
  throw new Error(`${flag} takes a number, not ${text}`);
}
