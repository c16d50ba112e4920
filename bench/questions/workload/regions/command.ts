import { benchCommand, numberOf } from "../../../harness/command.ts";
import { thisMachine } from "../../../harness/machine.ts";
import { deliver } from "../../../harness/results.ts";
import { faultsOf } from "../along.ts";
import { CLAIRVOYANT, NO_CACHE } from "../policies/limits.ts";
import { type Policy, policiesNamed } from "../policies/policy.ts";
import { lazyPolicy, mirroredPolicy, tableTagsPolicy, tidemarkPolicy } from "../policies/tidemark.ts";
import { ttlPolicy } from "../policies/ttl.ts";
import { type ScenarioFigures, scenariosOf, told, WORKLOADS } from "../scenario.ts";
import type { Workload } from "../trace/shapes.ts";
import { asMarkdown, type Report } from "./report.ts";

/** Each isolate reads each query once in it anyway. */
const WARM_UP_SHARE = 0.25;
const FULL = WORKLOADS.flatMap((workload) =>
  [0.01, 0.05].map((share): readonly [Workload, number] => [workload, share]),
);

/** Three regions equally far from keeper and database; and one beside them, one near, one far. */
const FAR = [150, 150, 150];
const SPREAD = [10, 80, 150];

const POLICIES: readonly Policy[] = [
  NO_CACHE,
  ttlPolicy("TTL 60 s + SWR 15 s", 60_000, 15_000),
  tableTagsPolicy(10_000),
  ...[10_000, 1_000].flatMap((boundMs) => [
    tidemarkPolicy(boundMs),
    lazyPolicy(boundMs),
    mirroredPolicy(boundMs),
  ]),
  CLAIRVOYANT,
];

export const regionsCommand = benchCommand({
  name: "regions",
  description:
    "What readers in three regions wait for, far from the database, along one trace in virtual time. " +
    "Exits with 1 only if the figures cannot be trusted",
  args: {
    seconds: { type: "string", description: "Counted seconds of each trace (20; 30 with --full)" },
    rate: { type: "string", description: "Requests a second, reads and writes together", default: "150" },
    isolates: { type: "string", description: "Isolates, a multiple of three", default: "6" },
    policies: { type: "string", description: "Only policies whose names contain one of these", default: "" },
    seed: { type: "string", description: "Seed of the traces", default: "20261128" },
    scenarios: {
      type: "string",
      description: "Among catalogue, blog, counters and lobsters, each with its share of writes",
      default: "lobsters:0.01",
    },
    full: { type: "boolean", description: "Every workload with 1 and 5 % of writes", default: false },
    write: { type: "boolean", description: "Write bench/results/regions.json and .md", default: false },
  },
  run: async ({ full, write, scenarios: chosen, ...flags }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const seconds = numberOf("--seconds", flags.seconds ?? (full ? "30" : "20"));
    const seed = numberOf("--seed", flags.seed);
    const scenarios: ScenarioFigures[] = [];
    for (const [workload, writeShare] of full ? FULL : scenariosOf(chosen))
      scenarios.push(
        await told({
          ...{ workload, writeShare, seconds, seed, keeperShare: 1 },
          warmUpShare: WARM_UP_SHARE,
          rate: numberOf("--rate", flags.rate),
          isolates: numberOf("--isolates", flags.isolates),
          distances: [FAR, SPREAD],
          policies: policiesNamed(POLICIES, flags.policies),
        }),
      );
    const report: Report = { machine, takenAt, seconds, seed, scenarios };
    deliver("regions", { text: asMarkdown(report), report, faults: faultsOf(scenarios), write });
  },
});
