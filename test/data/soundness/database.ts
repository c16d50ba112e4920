import { PGlite } from "@electric-sql/pglite";
import { startPostgres } from "../../../src/capture/testing/postgres.ts";
import { type AskValue, type DatabaseFunctions, serveFunctions } from "../gateway/database-functions.ts";

/** The judge of all verdicts: a Postgres, in this process or beside it. */
export interface Database {
  /** One statement, or several in one transaction. */
  readonly exec: (sql: string) => Promise<unknown>;
  readonly query: <Row>(sql: string) => Promise<{ readonly rows: readonly Row[] }>;
  /** Where the keeper's code asks its functions. */
  readonly functions: DatabaseFunctions["target"];
  readonly close: () => Promise<void>;
}

export async function openDatabase(): Promise<Database> {
  const database = new PGlite();
  await database.exec("set timezone to 'UTC'");
  const functions = await serveFunctions(asked((sql) => database.query(sql)));
  return {
    exec: (sql) => database.exec(sql),
    query: (sql) => database.query(sql),
    functions: functions.target,
    async close() {
      functions.close();
      await database.close();
    },
  };
}

/** A real server, whose files go away with it. */
export async function openServer(): Promise<Database> {
  // They live for minutes: what a crash would do to them is no concern.
  const server = await startPostgres({
    flags: ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
  });
  const sql = server.sql({ max: 1, connection: { TimeZone: "UTC" } });
  const query = async <Row>(text: string) => ({ rows: (await sql.unsafe(text)) as unknown as Row[] });
  const functions = await serveFunctions(asked(query));
  return {
    exec: (text) => sql.unsafe(text).simple(),
    query,
    functions: functions.target,
    async close() {
      functions.close();
      await server.stop();
    },
  };
}

function asked(query: (sql: string) => Promise<{ readonly rows: readonly unknown[] }>): AskValue {
  return async (sql) => ((await query(sql)).rows[0] as { readonly value: string }).value;
}
