import { type DeployedMirrors, mirrorState } from "../../../src/gateway/mirrors/mirror-state.ts";
import type { SchemaState } from "../../../src/keeper/protocol/database-status.ts";
import type { HealthAnswer, KnownStats } from "../api/types.ts";
import { count, duration } from "../figures/format.ts";

/** One thing that an operator must know is well. */
export interface Check {
  readonly what: string;
  readonly state: "well" | "look" | "wrong" | "unknown";
  readonly says: string;
  /** What to do, if it is not well. */
  readonly fix?: string;
}

const SECRETS = "Set TIDEMARK_CAPTURE_SECRET and TIDEMARK_CAPTURE_TOKEN to those of `npx tidemark sql`.";
const MIGRATE = "Run the SQL of `npx tidemark sql`, of the gateway's version.";

/** What each state of the schema means. docs/admin.md says the same at length. */
const SCHEMA: Readonly<Record<SchemaState, readonly [Check["state"], says: string, fix?: string]>> = {
  known: ["well", "Postgres has described its tables."],
  none: ["look", "The configuration alone says what queries depend on; changes come as webhooks.", SECRETS],
  missing: [
    "wrong",
    "The database has not answered. Nothing is served from the cache.",
    "Is the project up? The keeper asks again every two seconds.",
  ],
  refused: ["wrong", "tidemark_schema is missing, or does not take the secret.", SECRETS],
  "too-large": [
    "wrong",
    "The description is too large. Nothing new is cached.",
    "Configure fewer tables, or tables that lead to fewer others.",
  ],
  unreadable: ["wrong", "The database describes itself in an unknown form. Nothing new is cached.", MIGRATE],
  outdated: ["wrong", "What the keeper knows is of an earlier version. Nothing is cached.", MIGRATE],
};

/** What was deployed, as far as it can be checked against the counters. */
interface Deployed {
  /** `GET config`. Undefined: it is not known. */
  readonly config: DeployedMirrors | undefined;
  /** When the counters were asked for, by this browser's clock. */
  readonly at: number;
}

/** What the health and the counters say, with what to do. `tidemark doctor` also looks into the database. */
export function checksOf(
  health: HealthAnswer | undefined,
  stats: KnownStats | undefined,
  deployed?: Deployed,
): readonly Check[] {
  return [
    ...(health?.issues ?? []).map(
      ({ path, message, fix }): Check => ({ what: path, state: "wrong", says: `It ${message}.`, fix }),
    ),
    keeperCheck(health),
    ...(stats === undefined ? [] : [schemaCheck(stats), ...changeChecks(stats), ...countChecks(stats)]),
    ...(deployed === undefined || stats === undefined ? [] : mirrorChecks(health, stats, deployed)),
  ];
}

function keeperCheck(health: HealthAnswer | undefined): Check {
  const what = "Keeper";
  if (health === undefined) return { what, state: "unknown", says: "Its health is not known." };
  if (health.keeper === "ok") return { what, state: "well", says: "It answers." };
  return {
    ...{
      what,
      state: "wrong",
      says: "It did not answer within a second. Reads go to the database, uncached.",
    },
    fix: "See the Worker's logs: wrangler tail.",
  };
}

function schemaCheck({ schemaState, byAgeForMs }: KnownStats): Check {
  const what = "Schema";
  if (!Object.hasOwn(SCHEMA, schemaState)) return { what, state: "unknown", says: schemaState };
  const [state, says, fix] = SCHEMA[schemaState];
  if (state === "well" && byAgeForMs > 0) {
    return {
      what,
      state: "look",
      says: `It has changed: answers are proven by age only for ${duration(byAgeForMs)}.`,
    };
  }
  return { what, state, says, ...(fix !== undefined && { fix }) };
}

function changeChecks({ pulling, proven }: KnownStats): readonly Check[] {
  const what = "Changes";
  if (pulling === null) {
    return [
      {
        ...{ what, state: "look", says: "They come as webhooks: bounds count from their arrival." },
        fix: "Install capture (`npx tidemark sql`), and they count from commit.",
      },
    ];
  }
  const told = ({ code, message, since }: NonNullable<typeof pulling.failure>) =>
    `${code}: ${message} (since ${since})`;
  const pulled =
    pulling.lastAgo === null ? "It has not pulled yet." : `Pulled ${duration(pulling.lastAgo)} ago.`;
  const pull: Check = pulling.isFailing
    ? {
        ...{ what, state: "wrong" },
        says: `The keeper cannot pull. ${pulling.failure ? told(pulling.failure) : "A pull hangs."}`,
        fix: "Until it can, reads go to the database once their proofs are too old.",
      }
    : { what, state: proven ? "well" : "look", says: pulled };
  const prune: Check =
    pulling.pruneFailure === null
      ? {
          ...{ what: "Outbox", state: "well" },
          says:
            pulling.prunedAgo === null ? "Nothing is wrong." : `Pruned ${duration(pulling.prunedAgo)} ago.`,
        }
      : {
          ...{ what: "Outbox", state: "look", says: `It is not pruned. ${told(pulling.pruneFailure)}` },
          fix: `It grows until it is. ${MIGRATE}`,
        };
  return [pull, prune];
}

function mirrorChecks(
  health: HealthAnswer | undefined,
  { isolates, mirrors, since, hits, stale, misses }: KnownStats,
  { config, at }: Deployed,
): readonly Check[] {
  // Mirrors that are not bound are one of the health's issues.
  if (config === undefined || health?.issues?.some(({ path }) => path === "MIRROR")) return [];
  const seen = { isolates, mirrors, reads: hits + stale + misses, elapsedMs: at - Date.parse(since) };
  const { state, says, fix } = mirrorState(config, seen);
  const sentence = `${says.charAt(0).toUpperCase()}${says.slice(1)}.`;
  return [{ what: "Mirrors", state, says: sentence, ...(fix !== undefined && { fix: `${fix}.` }) }];
}

function countChecks(stats: KnownStats): readonly Check[] {
  const { auditDifferences, kvWriteFailures, evictions, coarseIngests } = stats;
  return [
    counted("Audit", auditDifferences, "No wrong answer was found.", {
      ...{ state: "wrong", says: `${count(auditDifferences)} sampled answers were wrong.` },
      fix: "Audit lists the last of them with the likely cause.",
    }),
    counted("KV", kvWriteFailures, "Every write succeeded.", {
      ...{
        state: "look",
        says: `${count(kvWriteFailures)} writes failed. Memory and the keeper serve these queries.`,
      },
      fix: "They are tried again. See the Worker's logs if the number grows.",
    }),
    counted("Registry", evictions, "No query was forgotten.", {
      ...{ state: "look", says: `${count(evictions)} queries were forgotten to make room.` },
      fix: "If they are in demand, raise limits.registryBytes.",
    }),
    counted("Verdicts", coarseIngests, "Every change was judged query by query.", {
      ...{
        state: "look",
        says: `${count(coarseIngests)} pages of changes were too large to judge one by one.`,
      },
      fix: "Nothing is wrong: whatever they may concern was invalidated.",
    }),
  ];
}

function counted(what: string, times: number, well: string, otherwise: Omit<Check, "what">): Check {
  return times === 0 ? { what, state: "well", says: well } : { what, ...otherwise };
}
