// In your own project, import from "tidemark", "tidemark/keeper" and "tidemark/pg".
import { type Cache, createCache, type Lookup } from "../../../src/cache/tidemark.ts";
import { postgrestChanges, receiveWebhook, webhookChanges } from "../../../src/drivers/pg/pg.ts";
import { libraryKeeper } from "../../../src/fence/library-fence.ts";
import { Articles } from "./articles.ts";
import { cacheOptions } from "./cache.ts";
import type { Env } from "./env.ts";
import { isSecret } from "./secret.ts";

/** The Durable Object that hears of changes: it asks capture, or webhooks tell it where nothing may be installed. */
export const Keeper = libraryKeeper((env: Env) => {
  const { SUPABASE_URL, SUPABASE_KEY, TIDEMARK_CAPTURE_SECRET: secret } = env;
  return secret
    ? postgrestChanges({ url: `${SUPABASE_URL}/rest/v1`, key: SUPABASE_KEY, secret })
    : webhookChanges({ tables: { articles: ["id"] } });
});

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    if (route === "POST /webhook")
      return receiveWebhook(request, env.KEEPER, { secret: env.TIDEMARK_WEBHOOK_SECRET });

    const cache = createCache({ ...cacheOptions(env), ctx });
    if (route === "POST /forget") return forget(request, env, cache);

    const articles = new Articles(cache, env);
    const id = /^GET \/articles\/(\d{1,15})$/.exec(route)?.[1];
    try {
      if (route === "GET /articles") return answer(await articles.list());
      if (id !== undefined) return answer(await articles.byId(Number(id)));
      return problem(404, "not found");
    } catch (error) {
      console.error(error);
      return problem(502, "the database did not answer");
    }
  },
} satisfies ExportedHandler<Env>;

/** By hand, for what nobody tells: a lost webhook, or without capture a policy that has changed. */
async function forget(request: Request, env: Env, cache: Cache): Promise<Response> {
  const presented = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  if (!(await isSecret(presented, env.ADMIN_SECRET))) return problem(401, "unauthorized");
  await cache.forget();
  return Response.json({ forgotten: true });
}

function answer({ value, status, ageMs }: Lookup<unknown>): Response {
  const headers = { "x-cache": status, age: String(Math.floor(ageMs / 1_000)) };
  return value === undefined ? problem(404, "no such article", headers) : Response.json(value, { headers });
}

function problem(status: number, title: string, headers: Record<string, string> = {}): Response {
  return Response.json(
    { title, status },
    { status, headers: { ...headers, "content-type": "application/problem+json" } },
  );
}
