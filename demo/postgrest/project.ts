import type { Sql } from "postgres";
import { startPostgres } from "../../testing/postgres.ts";
import { apiOverPostgres } from "../api-over-postgres.ts";
import { fillDatabase } from "../contents.ts";
import type { ChangeListener, Project, ProjectOptions } from "../database.ts";
import { USERS_SQL } from "../readers.ts";
import { startPostgrestApi } from "./api.ts";
import { AUTHENTICATOR_SQL } from "./config.ts";

/** The counterpart of PGlite's `sqlOutput`: exact numbers, and bytes as written. */
const TYPES = {
  bigint: {
    ...{ to: 20, from: [20], serialize: String },
    parse: (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)),
  },
  bytea: { to: 17, from: [17], serialize: (value: unknown) => value, parse: (text: string) => text },
};

/** Its comment shows whether PostgREST has reloaded the schema since. */
const MARKED_TABLE = "public.tags";

/**
 * Opens the demo's database on a real PostgreSQL, with an API by the PostgREST at that path.
 *
 * @throws PostgrestError when the binary cannot be used
 */
export async function openPostgrestProject(binary: string, keys: ProjectOptions): Promise<Project> {
  const server = await startPostgres({
    flags: ["-c", "timezone=UTC", "-c", "fsync=off", "-c", "max_connections=60"],
  });
  try {
    const sql = server.sql({ max: 1, types: TYPES as never });
    await sql.begin((transaction) =>
      fillDatabase({
        exec: (text) => transaction.unsafe(withAuthenticator(text)).simple(),
        query: (text, parameters) => transaction.unsafe(text, parameters as never[]),
      }),
    );
    const changes = await Changes.listen(server.sql({ max: 1 }));
    // First, because it creates the schema of its users, which is DDL.
    const users = await apiOverPostgres({
      ...{ url: server.url, postgresOptions: { max: 4, connect_timeout: 5 }, firstTable: "tags" },
      ...keys,
    });
    await sql.unsafe(USERS_SQL).simple();
    const api = await startPostgrestApi({
      ...{ binary, databaseUrl: server.url, schemas: ["public", "archive"], others: users.answer },
      ...keys,
    });
    const mark = (comment: string) =>
      sql.unsafe(`comment on table ${MARKED_TABLE} is '${comment}'; notify pgrst, 'reload schema'`).simple();
    return {
      async answer(request) {
        const response = await api.answer(request);
        // Deliver what a write has changed before its answer, as with PGlite.
        if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) await changes.deliver();
        return response;
      },
      async query<T>(text: string, parameters: unknown[] = []) {
        const rows = await sql.unsafe(text, parameters as never[]);
        await changes.deliver();
        return [...rows] as T[];
      },
      async exec(text) {
        await sql.unsafe(text).simple();
        await changes.deliver();
        await api.reload(mark);
      },
      onChange: (listener) => changes.onChange(listener),
      onNudge: (listener) => changes.onNudge(listener),
      async close() {
        await api.stop();
        await users.stop(server);
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Creates the login role before capture grants it the keeper's rights. */
function withAuthenticator(sql: string): string {
  return sql.includes("create role service_role") ? sql + AUTHENTICATOR_SQL : sql;
}

/** Delivers the webhook queue to listeners in order, and says when there is something to pull. */
class Changes {
  readonly #sql: Sql;
  readonly #listeners: ChangeListener[] = [];
  readonly #nudgeListeners: (() => void)[] = [];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(sql: Sql) {
    this.#sql = sql;
  }

  static async listen(sql: Sql): Promise<Changes> {
    const changes = new Changes(sql);
    await sql.listen("webhooks", () => void changes.deliver());
    await sql.listen("tidemark", () => {
      for (const listener of changes.#nudgeListeners) listener();
    });
    return changes;
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  onNudge(listener: () => void): void {
    this.#nudgeListeners.push(listener);
  }

  /** Resolves when everything committed before has been delivered. */
  deliver(): Promise<void> {
    const delivered = this.#last.then(async () => {
      const rows = await this.#sql.unsafe<{ payload: string }[]>(
        "with taken as (delete from webhooks.queue returning *) select payload from taken order by id",
      );
      for (const { payload } of rows)
        for (const listener of this.#listeners) listener(JSON.parse(payload), payload);
    });
    this.#last = delivered.catch(() => {});
    return delivered;
  }
}
