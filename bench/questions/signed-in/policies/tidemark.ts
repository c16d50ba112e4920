import { createHash } from "node:crypto";
import { classify } from "../../../../src/gateway/classify/classify.ts";
import type { ResolvedConfig } from "../../../../src/gateway/config/config.ts";
import { resolveConfig } from "../../../../src/gateway/config/resolve-config.ts";
import type { CacheableRead } from "../../../../src/keeper/protocol/entry.ts";
import { Deployment } from "../../workload/deployment/deployment.ts";
import { askOrigin, type Policy } from "../../workload/policies/policy.ts";
import { decoded } from "../../workload/policies/tidemark.ts";
import type { Query, Session } from "../../workload/trace/trace.ts";
import { TABLES } from "../database/schema.ts";
import { signedInBackend } from "./backend.ts";

const KEY = "sb_publishable_bench";

/** The gateway with its defaults: audiences, capture, pulls, no nudges. */
export function tidemarkPolicy(boundMs: number): Policy {
  return {
    name: `tidemark ${boundMs / 1_000} s`,
    boundMs,
    hasWorker: true,
    async start(surroundings) {
      const { timeline, network, isolates, queries, origin } = surroundings;
      const config = configOf(boundMs);
      const reads = new Map<string, CacheableRead>();
      for (const { path } of queries) if (!reads.has(path)) reads.set(path, readOf(path, config));
      const backend = signedInBackend(origin, queries, (path) => reads.get(path)?.path ?? path);
      const deployment = await Deployment.start({
        ...{ timeline, network, config, backend, isolates, changes: "pulled" },
      });
      const tally: Record<string, number> = { hits: 0 };
      /** What was last served of each query: asking for the same again was in vain. */
      const filled = new Map<Query, string>();
      const count = (what: string) => {
        tally[what] = (tally[what] ?? 0) + 1;
      };
      return {
        async read(arrival) {
          const { query, isolate, client, session } = arrival;
          const base = reads.get(query.path) as CacheableRead;
          const signedIn = { client, bearer: bearerOf(session as Session) };
          const result = await deployment.readFor(isolate, base, boundMs, signedIn);
          switch (result.kind) {
            case "held":
              if (result.outcome.kind === "hit") count("hits");
              else count(filled.get(query) === result.held.etag ? "miss of what is as it was" : "miss");
              filled.set(query, result.held.etag);
              return decoded(result.held.body);
            case "direct": {
              count(result.reason);
              const text = await askOrigin(surroundings, arrival, deployment.counts);
              if (result.reason === "token-unknown") deployment.introduce(isolate, base, signedIn);
              return text;
            }
            default:
              throw new Error(`${query.path} was answered by ${result.kind}`);
          }
        },
        used: () => deployment.used(),
        tally: () => ({ ...tally }),
        findings: deployment.findings,
      };
    },
  };
}

const digests = new Map<string, string>();

/** As the gateway's `digestOf`, but at once: real waits have no place in virtual time. */
function bearerOf({ token }: Session) {
  let digest = digests.get(token);
  if (digest === undefined) {
    digest = createHash("sha256").update(token).digest("base64");
    digests.set(token, digest);
  }
  return { digest, token };
}

function configOf(boundMs: number): ResolvedConfig {
  return resolveConfig(
    // No trace changes the schema, and none begins with a deployment.
    {
      tables: Object.fromEntries(TABLES.map((name) => [name, { freshness: `${boundMs}ms`, ttl: "1h" }])),
      keeper: { schemaReload: "0s" },
    },
    {
      SUPABASE_URL: "https://bench.supabase.co",
      SUPABASE_PUBLISHABLE_KEY: KEY,
      TIDEMARK_CAPTURE_SECRET: "known to the database alone",
    },
  );
}

function readOf(path: string, config: ResolvedConfig): CacheableRead {
  const headers = new Headers({ apikey: KEY, authorization: "Bearer a.b.c", "accept-profile": "public" });
  const [target = "", search = ""] = path.split("?");
  const classified = classify({ method: "GET", headers, body: null }, target, search, config);
  if (classified.kind === "bypass") throw new Error(`${path} is not cached: ${classified.reason}`);
  return classified.read;
}
