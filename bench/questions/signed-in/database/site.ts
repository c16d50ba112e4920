import "../../../../demo/no-telemetry.ts";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Sql } from "postgres";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { roleToken, tokenSignature } from "../../../../demo/capture.ts";
import { AUTH_SQL } from "../../../../testing/auth-sql.ts";
import { listening } from "../../../../testing/origins/listening.ts";
import { startPostgres } from "../../../../testing/postgres.ts";
import { FORGETFUL } from "../../workload/database/serve.ts";
import { CAPTURE_SQL, SCHEMA_SQL, userId } from "./schema.ts";

export const PUBLISHABLE_KEY = "sb_publishable_bench";

/** What the database's API was asked so far, by kind. */
export interface Operations {
  readonly reads: number;
  /** Reads that it refused: the token was none of its own, or had ended. */
  readonly refused: number;
  readonly whoamis: number;
  readonly pulls: number;
  readonly others: number;
}

export interface Site {
  readonly sql: Sql;
  /** The API, in this process and over HTTP. */
  readonly answer: (request: Request) => Promise<Response>;
  readonly url: string;
  readonly postgresPid: number;
  readonly operations: Operations;
  readonly stop: () => Promise<void>;
}

const KINDS: Readonly<Record<string, "whoamis" | "pulls" | "others">> = {
  tidemark_whoami: "whoamis",
  tidemark_changes: "pulls",
};

/** `@supabase/lite` prints a function's JSON argument, and postgres.js would print that text once more. */
const ONCE = {
  to: 114,
  from: [114],
  serialize: (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value)),
  parse: (text: string) => JSON.parse(text) as unknown,
};

/** A site whose readers sign in: a real PostgreSQL with capture, and `@supabase/lite` over it. */
export async function startSite(): Promise<Site> {
  const postgres = await startPostgres({ flags: FORGETFUL });
  const sql = postgres.sql({ max: 1 });
  const roles = readFileSync(new URL("../../../../demo/roles.sql", import.meta.url), "utf8");
  await sql.unsafe(roles + AUTH_SQL + SCHEMA_SQL).simple();
  const database = await apiOverPostgres({
    ...{ url: postgres.url, postgresOptions: { max: 4, types: { json: ONCE } }, firstTable: "articles" },
    ...{ publishableKey: PUBLISHABLE_KEY, secretKey: "sb_secret_bench" },
  });
  await sql.unsafe(AUTH_SQL + CAPTURE_SQL).simple();
  await database.connection.clearSchemaCache();
  const [row] = await sql<[{ pid: number }]>`
    select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int as pid`;
  const operations = { reads: 0, refused: 0, whoamis: 0, pulls: 0, others: 0 };
  const server = createAdaptorServer({
    async fetch(request: Request) {
      const called = /\/rpc\/(\w+)/.exec(new URL(request.url).pathname)?.[1];
      operations[called === undefined ? "reads" : (KINDS[called] ?? "others")]++;
      const response = await database.answer(request);
      if (called === undefined && response.status === 401) operations.refused++;
      return response;
    },
  }) as Server;
  // Node closes an idle connection after 5 s, perhaps just when workerd sends on it; that would count as an error.
  server.keepAliveTimeout = 600_000;
  const api = await listening(server);
  return {
    ...{ sql, answer: database.answer, operations },
    url: api.url,
    postgresPid: row.pid,
    async stop() {
      await api.stop();
      await database.stop(postgres);
    },
  };
}

/** A user's token with what Supabase puts into one, and so as long. It has no end that a bench would see. */
export function userToken(user: number, session = 0): string {
  return roleToken("authenticated", {
    ...{
      iss: "https://bench.supabase.co/auth/v1",
      sub: userId(user),
      aud: "authenticated",
      iat: 1_760_000_000,
    },
    ...{ email: `user-${user}@example.com`, phone: "", is_anonymous: false, aal: "aal1" },
    app_metadata: { provider: "email", providers: ["email"] },
    user_metadata: { email: `user-${user}@example.com`, email_verified: true, phone_verified: false },
    amr: [{ method: "password", timestamp: 1_760_000_000 }],
    session_id: `10000000-0000-4000-8000-${String(session).padStart(12, "0")}`,
  });
}

/** The same with another signature, as somebody makes it up who does not have the secret. */
export function forgedToken(user: number, session = 0): string {
  const content = userToken(user, session).split(".").slice(0, 2).join(".");
  return `${content}.${tokenSignature(`${content} and more`)}`;
}
