/**
 * Stands in for PostgREST's executable in the test of what starts it, and nowhere else: it takes the same arguments and
 * the same file, and has `@supabase/lite` answer.
 */
import "../../no-telemetry.ts";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import postgres from "postgres";
import { apiOverPostgres } from "../../api-over-postgres.ts";
import { roleToken } from "../../capture.ts";

if (process.argv[2] === "--version") {
  console.log("PostgREST 0.0 (a stand-in)");
  process.exit();
}
const settings = new Map(
  readFileSync(process.argv[2] ?? "", "utf8")
    .split("\n")
    .map((line) => line.split(" = ", 2))
    .map(([name = "", value = ""]) => [name, value.replace(/^"(.*)"$/, "$1")]),
);
const setting = (name: string) => settings.get(name) ?? "";
// lite becomes each role by itself, which the login role alone may do.
const url = new URL(setting("db-uri"));
const superuser = new URL(url);
[superuser.username, superuser.password] = ["postgres", "postgres"];

const login = postgres(url.href, { max: 1, onnotice: () => {} });
const { connection, answer } = await apiOverPostgres({
  ...{ url: superuser.href, postgresOptions: { max: 4 }, firstTable: "tags" },
  ...{ publishableKey: "inner", secretKey: "secret" },
});
await connection.driver.listen("pgrst", () => connection.clearSchemaCache());

const api = createAdaptorServer({
  fetch(request: Request) {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set("apikey", "inner");
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${roleToken("anon")}`);
    const inner = `http://lite.invalid/rest/v1${pathname}${search}`;
    const body = request.body === null ? {} : { body: request.body, duplex: "half" as const };
    return answer(new Request(inner, { method: request.method, headers, ...body }));
  },
}) as Server;
api.listen(Number(setting("server-port")), setting("server-host"));

const admin = createServer(async (request, response) => {
  if (request.url === "/ready") return response.end();
  const [row] = await login`select string_agg(description, ',') as cache from pg_description`;
  return response.end(String(row?.cache));
});
admin.listen(Number(setting("admin-server-port")), setting("admin-server-host"));
process.once("SIGTERM", () => process.exit());
