import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type {
  DatabaseStatus,
  Failure,
  SchemaState,
  Standing,
} from "../../keeper/protocol/database-status.ts";
import type { Mode } from "../../keeper/protocol/position.ts";
import { stricter } from "../../keeper/protocol/position.ts";
import { systemClock } from "../../runtime/clock.ts";
import { VERSION } from "../../runtime/version.ts";
import { callKeeper } from "../changes/call-keeper.ts";
import type { ConfigIssue, ResolvedConfig } from "../config/config.ts";

const KEEPER_DEADLINE_MS = 1_000;

/** The answer of `GET health`. */
export interface Health {
  /** degraded: reads go to Supabase uncached, now or once their proofs are too old. The other fields say why. */
  readonly status: "ok" | "degraded";
  readonly mode: Mode;
  readonly version: string;
  /** unreachable: it does not answer, or the environment is wrong and it is not asked. */
  readonly keeper: "ok" | "unreachable";
  /** What the keeper knows about the schema; unknown while it does not answer. */
  readonly schema: SchemaState | "unknown";
  /** How the keeper learns of changes, and whether that works; unknown before the schema is known. */
  readonly changes: "pulled" | "failing" | "webhooks" | "unknown";
  /**
   * What fails at the database, by a stable code, and since when (ISO 8601). `stats` has the message. While pruning
   * fails answers are as good as ever, but the outbox grows.
   */
  readonly failures: readonly {
    readonly what: "pull" | "prune";
    readonly code: string;
    readonly since: string;
  }[];
  /** What is wrong in the Worker's environment, and how to mend it. Never a setting's value. */
  readonly issues: readonly ConfigIssue[];
}

/** In these states the cache serves nothing, because the dependencies of an answer are not known. */
const UNUSABLE = new Set<SchemaState>(["missing", "too-large", "unreadable", "outdated"]);

/** Health is public, so one isolate asks the keeper at most this often. */
const REMEMBERED_MS = 1_000;

/** How often requests that came before the first answer look for it. */
const LOOK_MS = 20;

/** `GET /_tidemark/health`: public, and always 200, because the gateway answers reads even without its keeper. */
export function createHealth(ports: {
  readonly config: Config;
  readonly keeper: () => KeeperCalls;
}): () => Promise<Response> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let known: Health | undefined;
  return async () => {
    const arrival = Date.now();
    if (Math.abs(arrival - askedAt) >= REMEMBERED_MS) {
      // Set first: requests that come while this one waits get what was known before.
      askedAt = arrival;
      known = await askKeeper(ports.keeper, ports.config);
    }
    // The very first request is under way and may be cancelled, so wait for it no longer than it may take.
    while (known === undefined && Date.now() - arrival < KEEPER_DEADLINE_MS) await systemClock.sleep(LOOK_MS);
    const health = known ?? healthOf(undefined, ports.config);
    return Response.json(health, { headers: { "cache-control": "no-store" } });
  };
}

/** The health of a gateway whose environment is wrong. */
export function refusedHealth(issues: readonly ConfigIssue[]): Response {
  const health = healthOf(undefined, { mode: "off", doubts: issues });
  return Response.json(health, { headers: { "cache-control": "no-store" } });
}

type Config = Pick<ResolvedConfig, "mode" | "doubts">;

async function askKeeper(keeper: () => KeeperCalls, config: Config): Promise<Health> {
  const standing: Standing | undefined = await callKeeper(keeper, (calls) => calls.standing(), {
    deadlineMs: KEEPER_DEADLINE_MS,
  });
  return healthOf(standing, config);
}

/** @param standing undefined when the keeper has not answered */
function healthOf(standing: Standing | undefined, { mode: setting, doubts: issues }: Config): Health {
  const mode = stricter(setting, standing?.mode ?? "on");
  const told = { mode, version: VERSION, issues };
  if (standing === undefined) {
    return {
      status: "degraded",
      ...told,
      keeper: "unreachable",
      schema: "unknown",
      changes: "unknown",
      failures: [],
    };
  }
  const { schemaState: schema } = standing;
  const changes = changesOf(standing);
  const isOk = issues.length === 0 && !UNUSABLE.has(schema) && changes !== "failing";
  return {
    status: isOk ? "ok" : "degraded",
    ...told,
    keeper: "ok",
    schema,
    changes,
    failures: failuresOf(standing),
  };
}

function changesOf({ schemaState, pulling }: DatabaseStatus): Health["changes"] {
  if (pulling) return pulling.isFailing ? "failing" : "pulled";
  return UNUSABLE.has(schemaState) ? "unknown" : "webhooks";
}

function failuresOf({ pulling }: DatabaseStatus): Health["failures"] {
  const of = (what: "pull" | "prune", failure: Failure | null | undefined) =>
    failure ? [{ what, code: failure.code, since: failure.since }] : [];
  return [...of("pull", pulling?.failure), ...of("prune", pulling?.pruneFailure)];
}
