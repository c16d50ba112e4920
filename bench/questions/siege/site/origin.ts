/**
 * The database's API in a process of its own: `@supabase/lite` over a real PostgreSQL, behind a request counter.
 * Reads of `slow` are answered late and fail, without holding one of Postgres' connections: a siege measures what
 * Tidemark does then, not what the API does.
 */
import "../../../../demo/no-telemetry.ts";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../../../../testing/gateway/stack.ts";
import { listening } from "../../../../testing/origins/listening.ts";
import { answerOrders } from "../../../harness/load/child.ts";
import { NO_OPERATIONS, type OriginCounts, operationOf } from "./origin-counts.ts";

/** The first order starts the server; each answer has all operations so far. */
export interface OriginOrder {
  readonly databaseUrl: string;
}

export interface OriginState {
  readonly url: string;
  readonly pid: number;
  readonly counts: OriginCounts;
}

const CONNECTIONS = 12;

/** Shorter than the gateway's own timeout, 8 s. */
const SLOW_MS = 4_000;

const counts = { ...NO_OPERATIONS };
let starting: Promise<string> | undefined;

// @supabase/lite prints a stack trace for each SQL error.
console.error = () => {};

answerOrders<OriginOrder, OriginState>(async ({ databaseUrl }) => {
  starting ??= start(databaseUrl);
  return { url: await starting, pid: process.pid, counts };
});

async function start(url: string): Promise<string> {
  const { answer } = await apiOverPostgres({
    ...{ url, postgresOptions: { max: CONNECTIONS }, firstTable: "authors" },
    ...{ publishableKey: PUBLISHABLE_KEY, secretKey: SECRET_KEY },
  });
  const server = createAdaptorServer({
    async fetch(request) {
      const { pathname } = new URL(request.url);
      counts[operationOf(pathname)]++;
      return pathname === "/rest/v1/slow" ? failSlowly(request.signal) : answer(request);
    },
  }) as Server;
  // Node closes an idle connection after 5 s, perhaps just when workerd sends on it; that would count as an error.
  server.keepAliveTimeout = 600_000;
  return (await listening(server)).url;
}

/** PostgREST's answer when Postgres cancels a statement after its timeout. */
async function failSlowly(signal: AbortSignal): Promise<Response> {
  await sleep(SLOW_MS, undefined, { signal }).catch(() => {});
  return Response.json(
    { code: "57014", message: "canceling statement due to statement timeout", details: null, hint: null },
    { status: 500, headers: { "proxy-status": "PostgREST; error=57014" } },
  );
}
