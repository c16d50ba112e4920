/**
 * A PostgREST-compatible API over a real PostgreSQL, as a process of its own so that it can be killed:
 * `node origin.ts <postgres url> <port>`. Says "ready" to its parent.
 */
import "../../demo/no-telemetry.ts";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { JWT_SECRET } from "../../demo/capture.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../world.ts";

const [, , url = "", port = ""] = process.argv;

// @supabase/lite prints a stack trace for each error of SQL.
console.error = () => {};
// When a connection is lost at the wrong moment, postgres 3.4.9 throws where nobody catches, and what waited for that
// connection waits for good.
process.on("unhandledRejection", () => process.exit(1));
process.on("uncaughtException", () => process.exit(1));
process.on("disconnect", () => process.exit());

const connection = createPostgresConnection({
  url,
  postgresOptions: { max: 12, connect_timeout: 2, backoff: () => 0.1, onnotice: () => {} },
});
const app = new App({
  connection,
  api: { schemas: ["public"] },
  auth: {
    enabled: true,
    jwt_secret: JWT_SECRET,
    publishable_key: PUBLISHABLE_KEY,
    secret_key: SECRET_KEY,
    email: { enable_confirmations: false },
  },
  options: { server: { admin: false, disableStudio: true } },
});
await app.ensureSystemSchema();
const reload = () => connection.clearSchemaCache();
// As PostgREST does: looks at the schema anew when it is told to, and whenever it has lost its connection.
await connection.driver.listen("pgrst", reload, reload);
// @supabase/lite grants rights at its first request, and fails where two do so at once.
const headers = { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${PUBLISHABLE_KEY}` };
await app.fetch(new Request("http://origin/rest/v1/topics?select=id&limit=1", { headers }), {
  peerAddress: null,
});
const server = createAdaptorServer({
  fetch: (request: Request) => app.fetch(request, { peerAddress: null }),
}) as Server;
server.listen(Number(port), "127.0.0.1", () => process.send?.("ready"));
