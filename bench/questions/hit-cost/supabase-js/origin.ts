/**
 * Supabase as a process of its own: a real PostgreSQL with the demo's rows and with capture, and `@supabase/lite` over
 * it. Started by the first order.
 */
import "../../../../demo/no-telemetry.ts";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { fillDatabase } from "../../../../demo/contents.ts";
import { listening } from "../../../../testing/origins/listening.ts";
import { type Postgres, startPostgres } from "../../../../testing/postgres.ts";
import { answerOrders } from "../../../harness/load/child.ts";

export interface OriginOrder {
  readonly publishableKey: string;
}

export interface StartedOrigin {
  readonly url: string;
  readonly pid: number;
  readonly postgresPid: number;
}

const CONNECTIONS = 8;

let starting: Promise<Postgres> | undefined;

// A bench that ends while Postgres starts must not leave it behind.
answerOrders<OriginOrder, StartedOrigin>(start, async () => (await starting)?.stop());

async function start({ publishableKey }: OriginOrder): Promise<StartedOrigin> {
  starting = startPostgres();
  const postgres = await starting;
  const postgresPid = await fill(postgres);
  const { answer } = await apiOverPostgres({
    ...{ url: postgres.url, postgresOptions: { max: CONNECTIONS }, firstTable: "tags" },
    ...{ publishableKey, secretKey: "sb_secret_bench" },
  });
  const server = createAdaptorServer({ fetch: answer }) as Server;
  const { url } = await listening(server);
  return { url, pid: process.pid, postgresPid };
}

/** Resolves to the process that all of Postgres's others are children of. */
async function fill(server: Postgres): Promise<number> {
  const sql = server.sql({ max: 1 });
  await fillDatabase({
    exec: (text) => sql.unsafe(text).simple(),
    query: (text, parameters) => sql.unsafe(text, parameters as string[]),
  });
  await sql.unsafe("analyze").simple();
  const [row] = await sql<[{ pid: number }]>`
    select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int as pid`;
  return row.pid;
}
