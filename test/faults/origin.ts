/**
 * A PostgREST-compatible API over a real PostgreSQL, as a process of its own so that it can be killed:
 * `node origin.ts <postgres url> <port>`. Says "ready" to its parent.
 */
import "../../demo/no-telemetry.ts";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { apiOverPostgres } from "../../demo/api-over-postgres.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../world.ts";

const [, , url = "", port = ""] = process.argv;

// @supabase/lite prints a stack trace for each error of SQL.
console.error = () => {};
// When a connection is lost at the wrong moment, postgres 3.4.9 throws where nobody catches, and what waited for that
// connection waits for good.
process.on("unhandledRejection", () => process.exit(1));
process.on("uncaughtException", () => process.exit(1));
process.on("disconnect", () => process.exit());

const { connection, answer } = await apiOverPostgres({
  ...{ url, postgresOptions: { max: 12, connect_timeout: 2, backoff: () => 0.1 }, firstTable: "topics" },
  ...{ publishableKey: PUBLISHABLE_KEY, secretKey: SECRET_KEY },
});
const reload = () => connection.clearSchemaCache();
// As PostgREST does: looks at the schema anew when it is told to, and whenever it has lost its connection.
await connection.driver.listen("pgrst", reload, reload);
const server = createAdaptorServer({ fetch: answer }) as Server;
server.listen(Number(port), "127.0.0.1", () => process.send?.("ready"));
