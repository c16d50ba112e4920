import { benchCommand, listOf, numberOf } from "../../../harness/command.ts";
import { thisMachine } from "../../../harness/machine.ts";
import { deliver } from "../../../harness/results.ts";
import { faultsOf } from "../along.ts";
import { coloPolicy, mirroredPolicy, tidemarkPolicy } from "../policies/tidemark.ts";
import { told } from "../scenario.ts";
import { CATALOGUE } from "../trace/shop.ts";
import { asMarkdown, type Report, type Site } from "./report.ts";

const BOUND_MS = 10_000;
const POLICIES = [
  tidemarkPolicy(BOUND_MS),
  coloPolicy(BOUND_MS, false),
  mirroredPolicy(BOUND_MS),
  coloPolicy(BOUND_MS, true),
];

/** The first region is the keeper's own, as `keeper.locationHint` has it. */
const SITES: readonly Site[] = [
  { name: "small", rate: 1, isolates: 2, places: [10, 100], seconds: 3_600 },
  { name: "middling", rate: 20, isolates: 12, places: [10, 80, 150], seconds: 600 },
  {
    ...{ name: "large", rate: 240, isolates: 90, seconds: 90 },
    places: [10, 20, 70, 80, 120, 150, 160, 200, 250],
  },
];

export const costsCommand = benchCommand({
  name: "costs",
  description:
    "What sites of three sizes use of Cloudflare a day, and what that costs, with mirrors and the data centre's cache and " +
    "without, in virtual time over a real PostgreSQL. Exits with 1 only if the figures cannot be trusted",
  args: {
    only: { type: "string", description: "Sites, separated by commas", default: "small,middling,large" },
    writes: { type: "string", description: "The share of requests that write", default: "0.01" },
    share: { type: "string", description: "The share of the usual time that is counted", default: "1" },
    seed: { type: "string", description: "Seed of the traces", default: "20261128" },
    write: { type: "boolean", description: "Write bench/results/costs.json and .md", default: false },
  },
  run: async ({ only, write, ...flags }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const seed = numberOf("--seed", flags.seed);
    const sites: Report["sites"][number][] = [];
    for (const name of listOf(only)) {
      const site = SITES.find((known) => known.name === name);
      if (site === undefined) throw new Error(`--only: no site is named ${name}`);
      const { rate, isolates, places } = site;
      const figures = await told({
        ...{ workload: CATALOGUE, rate, isolates, seed, keeperShare: 1, policies: POLICIES },
        ...{ warmUpShare: 1, distances: [places] },
        writeShare: numberOf("--writes", flags.writes),
        seconds: site.seconds * numberOf("--share", flags.share),
      });
      sites.push({ site, figures });
    }
    const report: Report = { machine, takenAt, seed, sites };
    deliver("costs", {
      text: asMarkdown(report),
      report,
      faults: faultsOf(sites.map(({ figures }) => figures)),
      write,
    });
  },
});
