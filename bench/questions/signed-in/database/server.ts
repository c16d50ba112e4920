/**
 * The database of a site whose readers sign in: a real PostgreSQL with `@supabase/lite` over it, which also answers over
 * HTTP what the keeper asks. It keeps real time; the process that asks need not.
 */
import "../../../../demo/no-telemetry.ts";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { CAPTURE_SECRET, captureToken, roleToken } from "../../../../demo/capture.ts";
import { askSchema, type DatabaseTarget } from "../../../../src/origin/ask-database.ts";
import { listening } from "../../../../testing/origins/listening.ts";
import { startPostgres } from "../../../../testing/postgres.ts";
import { FORGETFUL, serve } from "../../workload/database/serve.ts";
import { AUTH_SQL, CAPTURE_SQL, SCHEMA_SQL, userId } from "./schema.ts";

const PUBLISHABLE_KEY = "sb_publishable_bench";

const postgres = await startPostgres({ flags: FORGETFUL });
const sql = postgres.sql({ max: 1 });
const roles = readFileSync(new URL("../../../../demo/roles.sql", import.meta.url), "utf8");
await sql.unsafe(roles + AUTH_SQL + SCHEMA_SQL).simple();
const { connection, answer } = await apiOverPostgres({
  ...{ url: postgres.url, postgresOptions: { max: 4 }, firstTable: "articles" },
  ...{ publishableKey: PUBLISHABLE_KEY, secretKey: "sb_secret_bench" },
});
await sql.unsafe(AUTH_SQL + CAPTURE_SQL).simple();

const api = await listening(createAdaptorServer({ fetch: (request: Request) => answer(request) }) as Server);
const keeper: DatabaseTarget = {
  url: `${api.url}/rest/v1`,
  credentials: { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${captureToken()}` },
  ...{ secret: CAPTURE_SECRET, exposedSchema: "public", anonRole: "anon", deadlineMs: 30_000 },
};

/** A user's token has no end here: the trace's tokens end in virtual time. Of what all may see, anybody's shows it. */
const tokenOf = (user: string | null) => roleToken("authenticated", { sub: user ?? userId(1) });

serve({
  ...{ sql, answer },
  headersOf: (user) => ({ apikey: PUBLISHABLE_KEY, authorization: `Bearer ${tokenOf(user)}` }),
  async described(question) {
    if (question.kind === "schema") return JSON.stringify(await askSchema(keeper, question.question));
    throw new Error("nobody can be asked about");
  },
  async stop() {
    await api.stop();
    await connection.close();
    await postgres.stop();
  },
});
