import { benchCommand, numberOf } from "../../../harness/command.ts";
import { thisMachine } from "../../../harness/machine.ts";
import { deliver } from "../../../harness/results.ts";
import { faultsOf } from "../along.ts";
import { HAND_TAGS } from "../policies/hand-tags.ts";
import { CLAIRVOYANT, NO_CACHE } from "../policies/limits.ts";
import { policiesNamed } from "../policies/policy.ts";
import {
  boundName,
  lazyPolicy,
  mirroredPolicy,
  tableTagsPolicy,
  tidemarkPolicy,
} from "../policies/tidemark.ts";
import { ttlPolicy } from "../policies/ttl.ts";
import { told } from "../scenario.ts";
import { LOBSTERS } from "../trace/lobsters.ts";
import { PUBLISHED_WRITES } from "../trace/published.ts";
import { asMarkdown, type Report } from "./report.ts";

/** From "asks every time" to the longest that people set. */
const BOUNDS_MS = [0, 250, 1_000, 5_000, 10_000, 60_000];

const POLICIES = [
  NO_CACHE,
  ...BOUNDS_MS.filter((boundMs) => boundMs > 0).map((boundMs) =>
    ttlPolicy(`TTL ${boundName(boundMs)}`, boundMs, 0),
  ),
  tableTagsPolicy(10_000),
  HAND_TAGS,
  ...BOUNDS_MS.map(tidemarkPolicy),
  ...[10_000, 1_000].flatMap((boundMs) => [lazyPolicy(boundMs), mirroredPolicy(boundMs)]),
  CLAIRVOYANT,
];

export const lobstersCommand = benchCommand({
  name: "lobsters",
  description:
    "What the bound costs and buys on lobste.rs' published traffic, over a real PostgreSQL, in virtual time. " +
    "Exits with 1 only if the figures cannot be trusted",
  args: {
    seconds: { type: "string", description: "Counted seconds (20; 120 with --full)" },
    rate: { type: "string", description: "Requests a second, reads and writes together", default: "150" },
    writes: { type: "string", description: "Their share that writes", default: String(PUBLISHED_WRITES) },
    isolates: { type: "string", description: "Isolates that serve the readers", default: "4" },
    distance: { type: "string", description: "Milliseconds to the database and back", default: "60" },
    policies: { type: "string", description: "Only policies whose names contain one of these", default: "" },
    seed: { type: "string", description: "Seed of the trace", default: "20261128" },
    full: { type: "boolean", description: "The long form", default: false },
    write: { type: "boolean", description: "Write bench/results/lobsters.json and .md", default: false },
  },
  run: async ({ full, write, ...flags }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const seconds = numberOf("--seconds", flags.seconds ?? (full ? "120" : "20"));
    const seed = numberOf("--seed", flags.seed);
    const figures = await told({
      ...{ seconds, seed, warmUpShare: full ? 1 : 0.25, keeperShare: 1 },
      workload: LOBSTERS,
      writeShare: numberOf("--writes", flags.writes),
      rate: numberOf("--rate", flags.rate),
      isolates: numberOf("--isolates", flags.isolates),
      distances: [numberOf("--distance", flags.distance)],
      policies: policiesNamed(POLICIES, flags.policies),
    });
    const report: Report = { machine, takenAt, seconds, seed, figures };
    deliver("lobsters", { text: asMarkdown(report), report, faults: faultsOf([figures]), write });
  },
});
