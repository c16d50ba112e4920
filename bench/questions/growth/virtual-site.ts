import type { ResolvedConfig } from "../../../src/gateway/config/config.ts";
import { resolveConfig } from "../../../src/gateway/config/resolve-config.ts";
import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import { NOON, Timeline } from "../../../testing/time/timeline.ts";
import { type Counts, since } from "../workload/counts.ts";
import type { Backend } from "../workload/deployment/backend.ts";
import { Deployment } from "../workload/deployment/deployment.ts";
import { networkAt } from "../workload/network.ts";
import { Draw } from "../workload/trace/draw.ts";
import { ANSWER, readOf } from "./items.ts";

export interface Site {
  readonly boundMs: number;
  readonly isolates: number;
  /** Reads a second, at all isolates together. */
  readonly rate: number;
  readonly keys: number;
  readonly seconds: number;
}

export interface SiteFigures {
  readonly reads: number;
  readonly hits: number;
  readonly counts: Counts;
}

const DISTANCE_MS = 60;
const WARM_UP_MS = 30_000;
const SEED = 20_261_121;

/** A site without writes, in virtual time, to count the cost of proofs, not of changes. */
export async function siteFigures({ boundMs, isolates, rate, keys, seconds }: Site): Promise<SiteFigures> {
  const timeline = new Timeline(NOON);
  const deployment = await Deployment.start({
    ...{ timeline, isolates, backend: QUIET, changes: "pulled" },
    network: networkAt(DISTANCE_MS, 1),
    config: configOf(boundMs, keys),
  });
  const draw = new Draw(SEED);
  const reads = Array.from({ length: keys }, (_, number) => readOf(number));
  const begun = timeline.now;
  const end = begun + WARM_UP_MS + seconds * 1_000;
  let counting = false;
  let [count, hits] = [0, 0];
  const arrive = () => {
    const next = timeline.now + draw.gap(rate);
    if (next < end) timeline.at(next, arrive);
    const counts = counting;
    const answer = deployment.read(
      draw.below(isolates),
      reads[draw.zipf(keys) - 1] as CacheableRead,
      boundMs,
      draw.below(200),
    );
    Promise.resolve(answer).then((result) => {
      // While it warms up, an isolate whose first sync is on its way asks the origin (L1).
      if (!counts) return;
      if (result.kind !== "held") throw new Error(`answered by ${result.kind}`);
      count++;
      if (result.outcome.kind === "hit") hits++;
    });
  };
  // Each isolate has seen each key before, because this prices hits.
  for (const read of reads)
    for (let isolate = 0; isolate < isolates; isolate++)
      timeline.at(begun + draw.unit() * WARM_UP_MS * 0.9, () => {
        void deployment.read(isolate, read, boundMs, draw.below(200));
      });
  timeline.at(begun + draw.gap(rate), arrive);
  await timeline.run(begun + WARM_UP_MS);
  counting = true;
  const before = deployment.used();
  await timeline.run(end);
  const counts = since(deployment.used(), before);
  await timeline.run(end + 3_000);
  return { reads: count, hits, counts };
}

/** A backend that never changes. */
const QUIET: Backend = {
  read: async () => ANSWER,
  changes: async () =>
    JSON.stringify({
      ...{ incarnation: "bench", started: "1", schemaVersion: 1, snapshot: "1:1:", prunedThrough: null },
      ...{ flush: false, flushReason: null, changes: [], last: null, more: false, now: 0 },
    }),
  schema: async () => ({
    ...{ version: 1, schema: "{}", watched: ["public.items"], noticesDdl: true, anonObeysPolicies: true },
    ...{ bounds: true, roles: {}, settings: "" },
  }),
  whoami: async () => "failed",
  prune: async () => {},
};

export function configOf(boundMs: number, keys: number): ResolvedConfig {
  const limits = {
    maxKeys: Math.max(20_000, 2 * keys),
    registryBytes: 64_000_000,
    newKeysPerClientPerMinute: 1_000_000,
  };
  return resolveConfig(
    // The audit reads one key a minute in any case: noise here.
    {
      tables: { items: { freshness: `${boundMs}ms`, ttl: "1d" } },
      limits: { ...limits, memoryEntries: Math.max(10_000, keys) },
      keeper: { audit: "0s", schemaReload: "0s" },
    },
    { SUPABASE_URL: "https://bench.supabase.co", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_bench" },
  );
}
