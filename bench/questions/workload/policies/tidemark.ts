import { classify } from "../../../../src/gateway/classify/classify.ts";
import type { ResolvedConfig, TableConfig } from "../../../../src/gateway/config/config.ts";
import { resolveConfig } from "../../../../src/gateway/config/resolve-config.ts";
import type { ReadResult } from "../../../../src/gateway/reader/bounded-read.ts";
import type { CacheableRead } from "../../../../src/keeper/protocol/entry.ts";
import { TABLES } from "../database/schema.ts";
import type { Backend } from "../deployment/backend.ts";
import { databaseBackend } from "../deployment/database-backend.ts";
import { Deployment } from "../deployment/deployment.ts";
import type { Query } from "../trace/trace.ts";
import { askOrigin, type Policy, type Surroundings } from "./policy.ts";

const KEY = "sb_publishable_bench";

/** The gateway on capture: pulls, no nudges. */
export function tidemarkPolicy(boundMs: number): Policy {
  return gatewayPolicy(`tidemark ${boundMs / 1_000} s`, boundMs, "pulled");
}

/**
 * Tags a table, by the same gateway: it gets each commit at once, as a flush of its tables, which is more than such
 * caches get in practice. The only difference is what a change drops.
 */
export function tableTagsPolicy(boundMs: number): Policy {
  return gatewayPolicy("table-level tags", boundMs, "told");
}

function gatewayPolicy(name: string, boundMs: number, changes: "pulled" | "told"): Policy {
  return {
    name,
    boundMs,
    hasWorker: true,
    async start(surroundings) {
      const { timeline, network, isolates, queries } = surroundings;
      const config = configOf(boundMs, changes);
      const reads = new Map(queries.map((query) => [query, readOf(query, config)]));
      const byPath = new Map([...reads].map(([query, read]) => [read.path, query]));
      const backend: Backend = databaseBackend(surroundings.origin, byPath);
      const deployment = await Deployment.start({ timeline, network, config, backend, isolates, changes });
      return {
        read({ query, isolate, client }) {
          const read = reads.get(query) as CacheableRead;
          const result = deployment.read(isolate, read, boundMs, client);
          return result instanceof Promise
            ? result.then((late) => textOf(late, surroundings, query, deployment))
            : textOf(result, surroundings, query, deployment);
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
        findings: deployment.findings,
      };
    },
  };
}

function textOf(
  result: ReadResult,
  surroundings: Surroundings,
  query: Query,
  deployment: Deployment,
): string | Promise<string> {
  switch (result.kind) {
    case "held":
      return decoded(result.held.body);
    case "direct":
      return askOrigin(surroundings, query, deployment.counts);
    default:
      throw new Error(`${query.path} was answered by ${result.kind}`);
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
};

function configOf(boundMs: number, changes: "pulled" | "told"): ResolvedConfig {
  const table = (name: string): TableConfig => ({
    freshness: `${boundMs}ms`,
    ttl: "1h",
    ...(changes === "told" && { dependsOn: DEPENDS_ON[name] ?? [] }),
  });
  return resolveConfig(
    // No trace changes the schema, and none begins with a deployment.
    { tables: Object.fromEntries(TABLES.map((name) => [name, table(name)])), keeper: { schemaReload: "0s" } },
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
