import type { KeeperCalls, Mode, Stats } from "../keeper/messages.ts";
import type { Failure, SchemaState } from "../keeper/standing.ts";
import { callKeeper } from "./call-keeper.ts";
import type { ResolvedConfig } from "./config.ts";
import { VERSION } from "./version.ts";

const KEEPER_DEADLINE_MS = 1_000;

interface Health {
  /** degraded: reads go to Supabase uncached, at once or when their proofs are too old. The rest says why. */
  readonly status: "ok" | "degraded";
  readonly mode: Mode;
  readonly version: string;
  readonly keeper: "ok" | "unreachable";
  /** What the keeper knows of the schema; unknown while it does not answer. */
  readonly schema: SchemaState | "unknown";
  /** How the keeper learns of changes, and whether it does; unknown before the schema is known. */
  readonly changes: "pulled" | "failing" | "webhooks" | "unknown";
  /**
   * What fails at the database, by a stable code, and since when (ISO 8601); `stats` has the message. While pruning fails
   * answers are as good as before, and the outbox grows.
   */
  readonly failures: readonly {
    readonly what: "pull" | "prune";
    readonly code: string;
    readonly since: string;
  }[];
}

/** With these nothing is served from the cache: what an answer depends on is not known. */
const UNUSABLE = new Set<SchemaState>(["missing", "too-large", "unreadable", "outdated"]);

/** Anybody may ask, so one isolate asks the keeper at most so often. */
const REMEMBERED_MS = 1_000;

/** `GET /_tidemark/health`: public, and 200 in any case, as the gateway answers reads without its keeper, too. */
export function createHealth(ports: {
  readonly config: Pick<ResolvedConfig, "mode">;
  readonly keeper: () => KeeperCalls;
}): () => Promise<Response> {
  let known: { readonly at: number; readonly health: Health } | undefined;
  return async () => {
    if (known === undefined || Math.abs(Date.now() - known.at) >= REMEMBERED_MS) {
      const health = await askKeeper(ports.keeper, ports.config.mode);
      known = { at: Date.now(), health };
    }
    return Response.json(known.health, { headers: { "cache-control": "no-store" } });
  };
}

async function askKeeper(keeper: () => KeeperCalls, setting: Mode): Promise<Health> {
  const stats: Stats | undefined = await callKeeper(keeper, (calls) => calls.stats(null), {
    deadlineMs: KEEPER_DEADLINE_MS,
  });
  const mode = stricter(setting, stats?.mode ?? "on");
  const told = { mode, version: VERSION };
  if (stats === undefined) {
    return {
      status: "degraded",
      ...told,
      keeper: "unreachable",
      schema: "unknown",
      changes: "unknown",
      failures: [],
    };
  }
  const { schemaState: schema } = stats;
  const changes = changesOf(stats);
  const isOk = !UNUSABLE.has(schema) && changes !== "failing";
  return {
    status: isOk ? "ok" : "degraded",
    ...told,
    keeper: "ok",
    schema,
    changes,
    failures: failuresOf(stats),
  };
}

function changesOf({ schemaState, pulling }: Stats): Health["changes"] {
  if (pulling) return pulling.isFailing ? "failing" : "pulled";
  return UNUSABLE.has(schemaState) ? "unknown" : "webhooks";
}

function failuresOf({ pulling }: Stats): Health["failures"] {
  const of = (what: "pull" | "prune", failure: Failure | null | undefined) =>
    failure ? [{ what, code: failure.code, since: failure.since }] : [];
  return [...of("pull", pulling?.failure), ...of("prune", pulling?.pruneFailure)];
}

/** The setting of the environment works without a keeper, so it is never weakened. */
function stricter(a: Mode, b: Mode): Mode {
  if (a === "off" || b === "off") return "off";
  return a === "shadow" || b === "shadow" ? "shadow" : "on";
}
