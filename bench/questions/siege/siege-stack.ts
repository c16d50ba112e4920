import { CAPTURE_SECRET, NUDGE_SECRET } from "../../../demo/capture.ts";
import { relay } from "../../../src/relay/relay.ts";
import { askAdmin, keeperKnowsSchema, pulling, settings } from "../../../testing/gateway/stack.ts";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { Child } from "../../harness/load/child.ts";
import { cpuMsOf, familyCpuMsOf } from "../../harness/load/cpu.ts";
import type { AttackOrder, AttackResult } from "./attacks/attackers.ts";
import type { BystandersOrder } from "./readers/bystanders.ts";
import type { BystanderFigures } from "./readers/seen.ts";
import { install } from "./site/database.ts";
import { type Deployment, startDeployment, type WorkerName } from "./site/deployment.ts";
import type { OriginOrder, OriginState } from "./site/origin.ts";
import type { OriginCounts } from "./site/origin-counts.ts";

/** What lasts for a whole run: PostgreSQL, the API over it, honest and hostile clients, each in its own process. */
export interface SiegeStack {
  readonly databaseUrl: string;
  /** URL of the API. */
  readonly origin: string;
  readonly bystanders: Child<BystandersOrder, BystanderFigures>;
  readonly attackers: Child<AttackOrder, AttackResult>;
  /** All operations of the database so far. */
  operations(): Promise<OriginCounts>;
  /** CPU time of Postgres and of the API so far; null except on Linux. */
  cpuMs(): { readonly postgres: number | null; readonly api: number | null };
  /** A gateway that knows only the schema so far, nudged by the database. */
  deploy(worker: WorkerName): Promise<Deployment>;
  stop(): Promise<void>;
}

export async function startSiegeStack(): Promise<SiegeStack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const child = <Order extends object, Answer extends object>(module: string) => {
    const started = new Child<Order, Answer>(new URL(module, import.meta.url));
    stops.push(() => started.stop());
    return started;
  };
  try {
    const postgres = await startDatabase();
    stops.push(() => postgres.stop());
    const databaseUrl = postgres.url;
    const origin = child<OriginOrder, OriginState>("site/origin.ts");
    const { url, pid } = await origin.ask({ databaseUrl });
    const [{ postmaster = 0 } = {}] = await postgres.sql({ max: 1 })<{ postmaster: number }[]>`
      select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int as postmaster`;
    return {
      databaseUrl,
      origin: url,
      bystanders: child("readers/bystanders.ts"),
      attackers: child("attacks/attackers.ts"),
      operations: async () => (await origin.ask({ databaseUrl })).counts,
      cpuMs: () => ({ postgres: familyCpuMsOf(postmaster), api: cpuMsOf(pid) }),
      deploy: (worker) => deploy(worker, url, databaseUrl),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startDatabase(): Promise<Postgres> {
  const postgres = await startPostgres({ flags: ["-c", "fsync=off", "-c", "max_connections=60"] });
  try {
    await install(postgres.sql({ max: 1 }));
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function deploy(worker: WorkerName, origin: string, databaseUrl: string): Promise<Deployment> {
  const env = {
    ...settings(origin),
    ...pulling(),
    TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
    TIDEMARK_NUDGE_SECRET: NUDGE_SECRET,
  };
  const deployment = await startDeployment(worker, env);
  const [gateway = ""] = deployment.urls;
  const ended = new AbortController();
  const nudging = relay({ databaseUrl, gateway, secret: NUDGE_SECRET, signal: ended.signal });
  const stop = async () => {
    ended.abort();
    await nudging;
    await deployment.stop();
  };
  try {
    await keeperKnowsSchema(gateway);
    return { ...deployment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The keeper's counters that a siege reads. */
export interface KeeperCounts {
  readonly keys: number;
  readonly kvWrites: number;
  readonly owedKvWrites: number;
  readonly syncs: number;
  readonly pulls: number;
  readonly fills: number;
  readonly evictions: number;
}

const COUNTED = ["keys", "kvWrites", "owedKvWrites", "syncs", "pulls", "fills", "evictions"] as const;
const ASKED_FOR_MS = 120_000;

/** The counters, once the keeper answers. Null: no answer within two minutes. */
export async function keeperCounts(gateway: string): Promise<KeeperCounts | null> {
  const deadline = performance.now() + ASKED_FOR_MS;
  while (performance.now() < deadline) {
    const answer = await askAdmin(gateway, "stats").catch(() => null);
    if (answer?.status !== 200) continue;
    const stats = answer.json as KeeperCounts;
    return Object.fromEntries(COUNTED.map((name) => [name, stats[name]])) as unknown as KeeperCounts;
  }
  return null;
}
