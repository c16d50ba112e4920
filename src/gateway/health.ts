import type { KeeperCalls, Mode, Stats } from "../keeper/messages.ts";
import { callKeeper } from "./call-keeper.ts";
import type { ResolvedConfig } from "./config.ts";
import { VERSION } from "./version.ts";

const KEEPER_DEADLINE_MS = 1_000;

interface Health {
  /** degraded: the keeper does not answer, so reads go to Supabase uncached once their proofs are too old. */
  readonly status: "ok" | "degraded";
  readonly mode: Mode;
  readonly version: string;
  readonly keeper: "ok" | "unreachable";
}

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
  const reachable = stats !== undefined;
  return {
    status: reachable ? "ok" : "degraded",
    mode: stricter(setting, stats?.mode ?? "on"),
    version: VERSION,
    keeper: reachable ? "ok" : "unreachable",
  };
}

/** The setting of the environment works without a keeper, so it is never weakened. */
function stricter(a: Mode, b: Mode): Mode {
  if (a === "off" || b === "off") return "off";
  return a === "shadow" || b === "shadow" ? "shadow" : "on";
}
