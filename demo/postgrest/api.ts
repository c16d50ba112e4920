import { setTimeout as sleep } from "node:timers/promises";
import { apiOverPostgres } from "../api-over-postgres.ts";
import { AUTHENTICATOR } from "./config.ts";
import { forward } from "./forward.ts";
import { admit, type ProjectKeys } from "./keys.ts";
import { startPostgrest } from "./process.ts";

interface ApiOptions extends ProjectKeys {
  readonly binary: string;
  /** Of the superuser, who is here what Supabase's own services are. */
  readonly databaseUrl: string;
  readonly schemas: readonly string[];
  /** A table of the first schema, to ask for once. */
  readonly firstTable: string;
}

export interface PostgrestApi {
  readonly version: string;
  answer(request: Request): Promise<Response>;
  /** Resolves when PostgREST knows the schema as it is now. `mark` writes what it must have seen down, in a comment. */
  reload(mark: (comment: string) => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

const RELOADED_WITHIN_MS = 60_000;

/**
 * A project's API by a real PostgREST: `/rest/v1` is PostgREST's, behind what Supabase's API gateway does with keys; all
 * else, signing in above all, is answered by `@supabase/lite` over the same database.
 *
 * @throws PostgrestError when the binary is of no use
 */
export async function startPostgrestApi(options: ApiOptions): Promise<PostgrestApi> {
  const { binary, databaseUrl, schemas, firstTable, publishableKey, secretKey } = options;
  const keys = { publishableKey, secretKey };
  const postgresOptions = { max: 4, connect_timeout: 5 };
  // First: it makes the schema of its users, which is DDL.
  const others = await apiOverPostgres({ url: databaseUrl, postgresOptions, firstTable, ...keys });
  const login = new URL(databaseUrl);
  [login.username, login.password] = [AUTHENTICATOR.user, AUTHENTICATOR.password];
  const postgrest = await startPostgrest({ binary, databaseUrl: login.href, schemas });
  let reloads = 0;
  return {
    version: postgrest.version,
    async answer(request) {
      const { pathname, search } = new URL(request.url);
      const target = /^\/rest\/v1(\/.*)?$/.exec(pathname);
      if (target === null) return others.answer(request);
      // PostgREST answers preflights, which carry no key.
      const admission = request.method === "OPTIONS" ? undefined : admit(request.headers, keys);
      if (admission !== undefined && "refused" in admission) {
        return Response.json({ message: admission.refused, hint: admission.hint }, { status: 401 });
      }
      const headers = new Headers(request.headers);
      headers.delete("authorization");
      if (admission?.authorization !== undefined) headers.set("authorization", admission.authorization);
      return forward(request, `${postgrest.url}${target[1] ?? "/"}${search}`, headers);
    },
    async reload(mark) {
      // Notifications that come close together are answered by one look, and one may be under way already.
      const comment = `schema ${process.pid}.${++reloads}`;
      await mark(comment);
      const deadline = performance.now() + RELOADED_WITHIN_MS;
      while (!(await postgrest.schemaCache()).includes(comment)) {
        if (performance.now() > deadline) throw new Error("PostgREST does not look at the schema again");
        await sleep(20);
      }
    },
    async stop() {
      await postgrest.stop();
      await others.connection.close();
    },
  };
}
