import { type PostgrestApi, startPostgrestApi } from "../../demo/postgrest/api.ts";
import { AUTHENTICATOR_SQL } from "../../demo/postgrest/config.ts";
import { type AskValue, type DatabaseFunctions, serveFunctions } from "../in-process/database-functions.ts";
import { startPostgres } from "../postgres.ts";

/** The judge of all verdicts. */
export interface Database {
  /** One statement, or several in one transaction. */
  readonly exec: (sql: string) => Promise<unknown>;
  readonly query: <Row>(sql: string) => Promise<{ readonly rows: readonly Row[] }>;
  /** PostgREST over it, if POSTGREST_BIN is set. */
  readonly postgrest?: PostgrestApi;
  /** Where the keeper's code asks its functions. */
  readonly functions: DatabaseFunctions["target"];
  readonly close: () => Promise<void>;
}

/** A real server, whose files go away with it. */
export async function openServer(): Promise<Database> {
  // They live for minutes, so they need not survive a crash.
  const server = await startPostgres({
    flags: [
      "-c",
      "fsync=off",
      "-c",
      "synchronous_commit=off",
      "-c",
      "full_page_writes=off",
      "-c",
      "timezone=UTC",
    ],
  });
  const sql = server.sql({ max: 1 });
  const query = async <Row>(text: string) => ({ rows: (await sql.unsafe(text)) as unknown as Row[] });
  const functions = await serveFunctions(asked(query));
  const binary = process.env.POSTGREST_BIN;
  if (binary) await sql.unsafe(ROLES_SQL + AUTHENTICATOR_SQL).simple();
  const postgrest = binary
    ? await startPostgrestApi({ binary, databaseUrl: server.url, schemas: ["public"], ...KEYS })
    : undefined;
  return {
    exec: (text) => sql.unsafe(text).simple(),
    query,
    functions: functions.target,
    ...(postgrest && { postgrest }),
    async close() {
      functions.close();
      await postgrest?.stop();
      await server.stop();
    },
  };
}

const ROLES_SQL = "create role anon; create role authenticated; create role service_role;";
export const KEYS = { publishableKey: "sb_publishable_test", secretKey: "sb_secret_test" };

function asked(query: (sql: string) => Promise<{ readonly rows: readonly unknown[] }>): AskValue {
  return async (sql) => ((await query(sql)).rows[0] as { readonly value: string }).value;
}
