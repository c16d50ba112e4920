import { setTimeout } from "node:timers/promises";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { liteApp } from "./lite-app.ts";

type ConnectionOptions = Parameters<typeof createPostgresConnection>[0];

interface ApiOptions {
  /** The database's. */
  readonly url: string;
  readonly postgresOptions: NonNullable<ConnectionOptions["postgresOptions"]>;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** A table to ask for once, before any caller does. */
  readonly firstTable: string;
}

export interface Api {
  readonly connection: ReturnType<typeof createPostgresConnection>;
  answer(request: Request): Promise<Response>;
  /**
   * Stops the API and then its server. Closing the connection waits for every session, and one that a request had which was
   * cut off may stay reserved for good; so it is given a second, and ends with the server.
   */
  stop(server: { stop(): Promise<void> }): Promise<void>;
}

/** Supabase's API, by `@supabase/lite`, over a real PostgreSQL. */
export async function apiOverPostgres(options: ApiOptions): Promise<Api> {
  const { url, postgresOptions, publishableKey, secretKey, firstTable } = options;
  const connection = createPostgresConnection({
    url,
    postgresOptions: { onnotice: () => {}, ...postgresOptions },
  });
  const { prepare, answer } = liteApp({
    connection,
    api: { schemas: ["public"] },
    ...{ publishableKey, secretKey },
  });
  await prepare();
  // The first answer creates what is still missing. That is DDL: capture would report it as a flush, and two first
  // answers at once would run it twice.
  const headers = { apikey: publishableKey, authorization: `Bearer ${publishableKey}` };
  await answer(new Request(`http://supabase.invalid/rest/v1/${firstTable}?select=id&limit=1`, { headers }));
  return {
    ...{ connection, answer },
    async stop(server) {
      await Promise.race([connection.close(), setTimeout(1_000, null, { ref: false })]);
      await server.stop();
    },
  };
}
