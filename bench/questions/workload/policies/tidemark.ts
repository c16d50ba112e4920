import { classify } from "../../../../src/gateway/classify/classify.ts";
import type { ResolvedConfig, TableConfig } from "../../../../src/gateway/config/config.ts";
import { resolveConfig } from "../../../../src/gateway/config/resolve-config.ts";
import type { ReadResult } from "../../../../src/gateway/reader/bounded-read.ts";
import type { CacheableRead } from "../../../../src/keeper/protocol/entry.ts";
import { TABLES } from "../database/schema.ts";
import type { Backend } from "../deployment/backend.ts";
import { databaseBackend } from "../deployment/database-backend.ts";
import { Deployment } from "../deployment/deployment.ts";
import type { Query, ReadArrival } from "../trace/trace.ts";
import { askOrigin, type Policy, type Surroundings } from "./policy.ts";

const KEY = "sb_publishable_bench";

/** The gateway on capture: pulls, no nudges. */
export function tidemarkPolicy(boundMs: number): Policy {
  return gatewayPolicy(`tidemark ${boundName(boundMs)}`, boundMs, { changes: "pulled" });
}

/** The same, where a changed answer waits for its next reader instead of being fetched ahead. */
export function lazyPolicy(boundMs: number): Policy {
  return gatewayPolicy(`tidemark ${boundName(boundMs)}, no refills`, boundMs, {
    changes: "pulled",
    refills: 0,
  });
}

/** The same with a mirror in each region. */
export function mirroredPolicy(boundMs: number): Policy {
  return gatewayPolicy(`tidemark ${boundName(boundMs)}, mirrors`, boundMs, {
    ...{ changes: "pulled", mirrors: true },
  });
}

/** The same with a cache in each data centre, and with mirrors or without. */
export function coloPolicy(boundMs: number, mirrors: boolean): Policy {
  const name = `tidemark ${boundName(boundMs)}, ${mirrors ? "mirrors, colo" : "colo"}`;
  return gatewayPolicy(name, boundMs, { changes: "pulled", colo: true, mirrors });
}

/** A bound as people write it: 250 ms, 10 s. */
export function boundName(boundMs: number): string {
  return boundMs > 0 && boundMs < 1_000 ? `${boundMs} ms` : `${boundMs / 1_000} s`;
}

/**
 * Tags a table, by the same gateway: it gets each commit at once, as a flush of its tables, which is more than such
 * caches get in practice. The only difference is what a change drops.
 */
export function tableTagsPolicy(boundMs: number): Policy {
  return gatewayPolicy("table-level tags", boundMs, { changes: "told" });
}

interface GatewayOptions {
  readonly changes: "pulled" | "told";
  /** `limits.refillsPerMinute`, if not its default. */
  readonly refills?: number;
  readonly mirrors?: boolean;
  readonly colo?: boolean;
}

function gatewayPolicy(name: string, boundMs: number, options: GatewayOptions): Policy {
  const { changes, mirrors = false, colo = false } = options;
  return {
    name,
    boundMs,
    hasWorker: true,
    async start(surroundings) {
      const { timeline, network, isolates, queries } = surroundings;
      const config = configOf(boundMs, options);
      const reads = new Map(queries.map((query) => [query, readOf(query, config)]));
      const byPath = new Map([...reads].map(([query, read]) => [read.path, query]));
      const tally: Record<string, number> = { hits: 0 };
      const backend = countingNothingNew(databaseBackend(surroundings.origin, byPath), (path) => {
        const name = `${NOTHING_NEW}, ${byPath.get(path)?.shape.name}`;
        tally[name] = (tally[name] ?? 0) + 1;
      });
      const deployment = await Deployment.start({
        timeline,
        network,
        config,
        backend,
        isolates,
        changes,
        ...{ mirrors, colo },
      });
      const given = (result: ReadResult, arrival: ReadArrival): string | Promise<string> => {
        const end = result.kind === "held" ? detailOf(result) : result.kind;
        tally[end] = (tally[end] ?? 0) + 1;
        if (result.kind === "held" && result.outcome.kind === "hit") tally.hits = (tally.hits ?? 0) + 1;
        return textOf(result, surroundings, arrival, deployment);
      };
      return {
        read(arrival) {
          const { query, isolate, client } = arrival;
          const read = reads.get(query) as CacheableRead;
          const result = deployment.read(isolate, read, boundMs, client);
          return result instanceof Promise
            ? result.then((late) => given(late, arrival))
            : given(result, arrival);
        },
        ...(changes === "told" && {
          wrote({ tables }) {
            const flushes = tables.map((table) => ({
              kind: "flush" as const,
              relation: `public.${table}`,
            }));
            void timeline.sleep(network.nearMs / 2).then(() => deployment.tell(flushes));
          },
        }),
        used: () => deployment.used(),
        tally: () => ({ ...tally }),
        findings: deployment.findings,
      };
    },
  };
}

/** In tallies: what the keeper has asked the origin although the answer had not changed, with the kind of read. */
export const NOTHING_NEW = "nothing new";

function countingNothingNew(backend: Backend, count: (path: string) => void): Backend {
  const known = new Map<string, string>();
  return {
    ...backend,
    async read(path, token) {
      const answer = await backend.read(path, token);
      if (known.get(path) === answer.etag) count(path);
      known.set(path, answer.etag);
      return answer;
    },
  };
}

/** How it came about, as `Cache-Status` says it. */
function detailOf({ outcome }: Extract<ReadResult, { kind: "held" }>): string {
  return outcome.kind === "hit" ? `hit; ${outcome.detail}` : outcome.kind;
}

function textOf(
  result: ReadResult,
  surroundings: Surroundings,
  arrival: ReadArrival,
  deployment: Deployment,
): string | Promise<string> {
  switch (result.kind) {
    case "held":
      return decoded(result.held.body);
    case "direct":
      return askOrigin(surroundings, arrival, deployment.counts);
    default:
      throw new Error(`${arrival.query.path} was answered by ${result.kind}`);
  }
}

const texts = new WeakMap<ArrayBuffer, string>();
const decoder = new TextDecoder();

/** Bodies are passed on unchanged, so most have been checked before. */
export function decoded(body: ArrayBuffer): string {
  let text = texts.get(body);
  if (text === undefined) {
    text = decoder.decode(body);
    texts.set(body, text);
  }
  return text;
}

/** Without Postgres' own description the owner must say what embeds read. */
const DEPENDS_ON: Readonly<Record<string, readonly string[]>> = {
  products: ["categories"],
  posts: ["authors"],
  stories: ["members", "remarks"],
  members: ["stories"],
  remarks: ["members", "stories"],
};

function configOf(boundMs: number, { changes, refills }: GatewayOptions): ResolvedConfig {
  const table = (name: string): TableConfig => ({
    freshness: `${boundMs}ms`,
    ttl: "1h",
    ...(changes === "told" && { dependsOn: DEPENDS_ON[name] ?? [] }),
  });
  return resolveConfig(
    // No trace changes the schema, and none begins with a deployment.
    {
      tables: Object.fromEntries(TABLES.map((name) => [name, table(name)])),
      keeper: { schemaReload: "0s" },
      ...(refills !== undefined && { limits: { refillsPerMinute: refills } }),
    },
    { SUPABASE_URL: "https://bench.supabase.co", SUPABASE_PUBLISHABLE_KEY: KEY },
  );
}

function readOf({ path }: Query, config: ResolvedConfig): CacheableRead {
  const headers = new Headers({ apikey: KEY, authorization: `Bearer ${KEY}`, "accept-profile": "public" });
  const [target = "", search = ""] = path.split("?");
  const classified = classify({ method: "GET", headers, body: null }, target, search, config);
  if (classified.kind === "bypass") throw new Error(`${path} is not cached: ${classified.reason}`);
  return classified.read;
}
