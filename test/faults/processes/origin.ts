/**
 * A project's API over a real PostgreSQL, in a process of its own so that it can be killed with its children:
 * `node origin.ts <postgres url> <port>`. Says "ready" to its parent. With POSTGREST_BIN it is PostgREST.
 */
import "../../../demo/no-telemetry.ts";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { apiOverPostgres } from "../../../demo/api-over-postgres.ts";
import { startPostgrestApi } from "../../../demo/postgrest/api.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../../../testing/gateway/stack.ts";

const [, , url = "", port = ""] = process.argv;

// @supabase/lite prints a stack trace for each error of SQL.
console.error = () => {};
// When a connection is lost at the wrong moment, postgres 3.4.9 throws outside of any promise, and queries that waited
// for that connection never settle.
process.on("unhandledRejection", () => process.exit(1));
process.on("uncaughtException", () => process.exit(1));
process.on("disconnect", () => process.exit());

const keys = { publishableKey: PUBLISHABLE_KEY, secretKey: SECRET_KEY };
const answer = await (process.env.POSTGREST_BIN ? postgrest(process.env.POSTGREST_BIN) : lite());
const server = createAdaptorServer({ fetch: answer }) as Server;
// As in `listening`.
server.keepAliveTimeout = 600_000;
server.listen(Number(port), "127.0.0.1", () => process.send?.("ready"));

async function lite() {
  const { connection, answer } = await apiOverPostgres({
    ...{ url, postgresOptions: { max: 12, connect_timeout: 2, backoff: () => 0.1 }, firstTable: "topics" },
    ...keys,
  });
  const reload = () => connection.clearSchemaCache();
  // As PostgREST does, this reads the schema again when told to, and after every lost connection.
  await connection.driver.listen("pgrst", reload, reload);
  return answer;
}

async function postgrest(binary: string) {
  const api = await startPostgrestApi({ binary, databaseUrl: url, schemas: ["public"], ...keys });
  return api.answer;
}
