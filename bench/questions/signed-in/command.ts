import { benchCommand, numberOf } from "../../harness/command.ts";
import { thisMachine } from "../../harness/machine.ts";
import { deliver } from "../../harness/results.ts";
import { faultsOf, runAlong } from "../workload/along.ts";
import { policiesNamed } from "../workload/policies/policy.ts";
import { USERS } from "./database/schema.ts";
import { LIMITS, RIVALS } from "./policies/rivals.ts";
import { tidemarkPolicy } from "./policies/tidemark.ts";
import { asMarkdown, type Report } from "./report.ts";
import { sessionsTrace } from "./trace/sessions.ts";

const DATABASE = new URL("database/server.ts", import.meta.url);
const POLICIES = [...RIVALS, ...[60_000, 10_000, 0].map(tidemarkPolicy), ...LIMITS];
const SEED = 20_261_127;

export const signedInCommand = benchCommand({
  name: "signed-in",
  description:
    "What signed-in readers gain: users in teams, in sessions, along one trace over a real PostgreSQL, in virtual time. " +
    "Exits with 1 only if the figures cannot be trusted",
  args: {
    users: { type: "string", description: "Users who come and go (100; 500 with --full)" },
    minutes: { type: "string", description: "Counted minutes (20; 60 with --full)" },
    isolates: { type: "string", description: "Isolates that serve the readers, in two places", default: "4" },
    distance: {
      type: "string",
      description: "Milliseconds from the readers to the database and back",
      default: "60",
    },
    policies: { type: "string", description: "Only policies whose names contain one of these", default: "" },
    full: { type: "boolean", description: "The long form, of half an hour", default: false },
    write: { type: "boolean", description: "Write bench/results/signed-in.json and .md", default: false },
  },
  run: async ({ full, write, ...flags }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const users = Math.min(USERS, numberOf("--users", flags.users ?? (full ? "500" : "100")));
    const minutes = numberOf("--minutes", flags.minutes ?? (full ? "60" : "20"));
    const isolates = numberOf("--isolates", flags.isolates);
    if (isolates < 2 || isolates % 2 !== 0) throw new Error("--isolates takes an even number");
    // So that everybody has been there once, and each token has been replaced.
    const warmUpMinutes = full ? 60 : 40;
    const seconds = minutes * 60;
    const warmUpSeconds = warmUpMinutes * 60;
    const trace = sessionsTrace({ users, isolates, seconds: warmUpSeconds + seconds, seed: SEED });
    const figures = await runAlong({
      ...{ trace, database: DATABASE, warmUpSeconds, seconds, isolates, keeperShare: 1 },
      distances: [numberOf("--distance", flags.distance)],
      policies: policiesNamed(POLICIES, flags.policies),
    });
    const report: Report = { machine, takenAt, users, isolates, minutes, warmUpMinutes, trace, ...figures };
    const { trace: _, ...kept } = report;
    deliver("signed-in", { text: asMarkdown(report), report: kept, faults: faultsOf([report]), write });
  },
});
