import { benchCommand, listOf, numberOf } from "../../harness/command.ts";
import { thisMachine } from "../../harness/machine.ts";
import { deliver } from "../../harness/results.ts";
import { faultsOf } from "./along.ts";
import { POLICIES, TIDEMARK } from "./policies/all.ts";
import { policiesNamed } from "./policies/policy.ts";
import { asMarkdown, type Report } from "./report.ts";
import { scenariosOf, told } from "./scenario.ts";
import { BLOG } from "./trace/blog.ts";
import type { Workload } from "./trace/shapes.ts";
import { CATALOGUE, COUNTERS } from "./trace/shop.ts";

const FULL = [CATALOGUE, BLOG, COUNTERS].flatMap((workload) =>
  [0.001, 0.01, 0.05, 0.2].map((share): readonly [Workload, number] => [workload, share]),
);
const SMALL_SITE = { rate: 1, isolates: 2, distances: [60] };

export const workloadCommand = benchCommand({
  name: "workload",
  description:
    "What a hit saves: caches compared along one trace over a real PostgreSQL, in virtual time. " +
    "Exits with 1 only if the figures cannot be trusted",
  args: {
    seconds: { type: "string", description: "Counted seconds of each trace (20; 120 with --full)" },
    rate: { type: "string", description: "Requests a second, reads and writes together", default: "150" },
    isolates: { type: "string", description: "Isolates that serve the readers", default: "4" },
    distances: {
      type: "string",
      description: "Milliseconds from the readers to the database and back (5,150; 5,60,150 with --full)",
    },
    keeper: {
      type: "string",
      description: "The share of that distance to the keeper, which lives beside the database",
      default: "1",
    },
    policies: { type: "string", description: "Only policies whose names contain one of these", default: "" },
    seed: { type: "string", description: "Seed of the traces", default: "20261121" },
    scenarios: {
      type: "string",
      description: "Among catalogue, blog, counters and lobsters, each with its share of writes",
      default: "counters:0.1",
    },
    full: {
      type: "boolean",
      description: "Every workload with 0.1, 1, 5 and 20 % of writes",
      default: false,
    },
    write: { type: "boolean", description: "Write bench/results/workload.json and .md", default: false },
  },
  run: async ({ full, write, scenarios: chosen, ...flags }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const seconds = numberOf("--seconds", flags.seconds ?? (full ? "120" : "20"));
    const distances = flags.distances ?? (full ? "5,60,150" : "5,150");
    const common = {
      seconds,
      // The short form shortens the uncounted part.
      warmUpShare: full ? 1 : 0.25,
      rate: numberOf("--rate", flags.rate),
      isolates: numberOf("--isolates", flags.isolates),
      distances: listOf(distances).map((text) => numberOf("--distances", text)),
      keeperShare: numberOf("--keeper", flags.keeper),
      policies: policiesNamed(POLICIES, flags.policies),
      seed: numberOf("--seed", flags.seed),
    };
    const scenarios = [];
    for (const [workload, writeShare] of full ? FULL : scenariosOf(chosen))
      scenarios.push(await told({ ...common, workload, writeShare }));
    const policies = policiesNamed(TIDEMARK, flags.policies);
    const small = {
      ...common,
      ...SMALL_SITE,
      seconds: full ? 3_600 : 300,
      warmUpShare: 1,
      workload: CATALOGUE,
      writeShare: 0.01,
      policies,
    };
    const report: Report = {
      ...{ machine, takenAt, seconds, keeperShare: common.keeperShare, scenarios },
      small: policies.length > 0 ? await told(small) : null,
    };
    deliver("workload", {
      text: asMarkdown(report),
      report,
      faults: faultsOf([...scenarios, ...(report.small === null ? [] : [report.small])]),
      write,
    });
  },
});
