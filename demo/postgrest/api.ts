import { setTimeout as sleep } from "node:timers/promises";
import { AUTHENTICATOR } from "./config.ts";
import { forward } from "./forward.ts";
import { admit, type ProjectKeys } from "./keys.ts";
import { startPostgrest } from "./process.ts";

interface ApiOptions extends ProjectKeys {
  readonly binary: string;
  /** The superuser's connection. It stands in for Supabase's own services. */
  readonly databaseUrl: string;
  readonly schemas: readonly string[];
  /** Answers everything except PostgREST's paths, above all signing in. Without it, those paths do not exist. */
  readonly others?: (request: Request) => Promise<Response>;
}

export interface PostgrestApi {
  readonly version: string;
  answer(request: Request): Promise<Response>;
  /** Resolves when PostgREST knows the current schema. `mark` writes a comment that PostgREST must have seen by then. */
  reload(mark: (comment: string) => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

const RELOADED_WITHIN_MS = 60_000;

/**
 * A project's API with a real PostgREST: `/rest/v1` is PostgREST's, behind the key handling of Supabase's API gateway.
 *
 * @throws PostgrestError when the binary cannot be used
 */
export async function startPostgrestApi(options: ApiOptions): Promise<PostgrestApi> {
  const { binary, databaseUrl, schemas, others, publishableKey, secretKey } = options;
  const keys = { publishableKey, secretKey };
  const login = new URL(databaseUrl);
  [login.username, login.password] = [AUTHENTICATOR.user, AUTHENTICATOR.password];
  const postgrest = await startPostgrest({ binary, databaseUrl: login.href, schemas });
  let reloads = 0;
  return {
    version: postgrest.version,
    async answer(request) {
      const { pathname, search } = new URL(request.url);
      const target = /^\/rest\/v1(\/.*)?$/.exec(pathname);
      if (target === null) return others?.(request) ?? new Response(null, { status: 404 });
      // PostgREST answers preflights, which carry no key.
      const admission = request.method === "OPTIONS" ? undefined : admit(request.headers, keys);
      if (admission !== undefined && "refused" in admission) {
        return Response.json({ message: admission.refused, hint: admission.hint }, { status: 401 });
      }
      const headers = new Headers(request.headers);
      headers.delete("authorization");
      if (admission?.authorization !== undefined) headers.set("authorization", admission.authorization);
      return forward(request, `${postgrest.url}${target[1] ?? "/"}${search}`, headers).catch(() =>
        Response.json(
          { message: "An invalid response was received from the upstream server" },
          { status: 502 },
        ),
      );
    },
    async reload(mark) {
      // PostgREST answers notifications that come close together by one look, and one may be under way already.
      const comment = `schema ${process.pid}.${++reloads}`;
      await mark(comment);
      const deadline = performance.now() + RELOADED_WITHIN_MS;
      while (!(await postgrest.schemaCache()).includes(comment)) {
        if (performance.now() > deadline) throw new Error("PostgREST did not reload the schema");
        await sleep(20);
      }
    },
    stop: () => postgrest.stop(),
  };
}
